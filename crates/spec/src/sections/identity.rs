//! Single sign-on.

use super::{List, Off};
use crate::{
    section::{section, tagged},
    types::{DatabaseRef, MailAddress, Uses, Whole},
};
use pontoon_core::name::Name;

tagged! {
    /// Single sign-on for apps.
    pub enum Identity {
        /// Keycloak in the cluster.
        Keycloak(Keycloak) = "keycloak",
        /// None.
        None(Off) = "none",
    }
}

section! {
    /// Keycloak.
    pub struct Keycloak {
        /// The database that it lives in.
        database "database": DatabaseRef = required,
        /// The realm.
        realm "realm": Name = required,
        /// The groups that apps may ask for.
        groups "groups": List<Name> = default "[]",
        /// Who administers it.
        admins "admins": List<MailAddress> = default "[]",
        /// How many instances.
        instances "instances": Whole<1, 9> = default "1",
        /// What it uses, such as `email`.
        uses "uses": List<Uses> = default "[]",
    }
}
