//! The embedded cloud: a router per vendor, worlds, clock, faults
