//! Desired, recorded and observed to a plan
