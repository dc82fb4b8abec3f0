//! Storage: classes, and how much of one.

use super::Map;
use crate::{
    section::{choice, section},
    types::StorageClassRef,
};
use pontoon_core::quantity::Size;

section! {
    /// Storage in the cluster.
    pub struct Storage {
        /// Classes of block storage, by name, besides the vendor's own.
        classes "classes": Map<StorageClass> = default "{}",
    }
}

section! {
    /// A class of block storage.
    pub struct StorageClass {
        /// What becomes of a volume when its claim goes.
        reclaim "reclaim": Reclaim = default "delete",
        /// Whether volumes may grow.
        expand "expand": bool = default "true",
        /// The file system.
        filesystem "filesystem": Filesystem = default "ext4",
    }
}

choice! {
    /// What becomes of a volume when its claim goes.
    pub enum Reclaim {
        /// It is deleted too.
        Delete = "delete",
        /// It stays, and goes on costing.
        Retain = "retain",
    }
}

choice! {
    /// A file system.
    pub enum Filesystem {
        /// ext4.
        Ext4 = "ext4",
        /// XFS.
        Xfs = "xfs",
    }
}

section! {
    /// How much storage, and of which class. Written as one size, it is of the vendor's default class.
    pub struct Claim shorthand ["size"] {
        /// How much.
        size "size": Size = required,
        /// Which class.
        class "class": StorageClassRef = optional,
    }
}
