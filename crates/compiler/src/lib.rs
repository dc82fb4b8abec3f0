//! Named passes from Spec to Platform, with diagnostics
