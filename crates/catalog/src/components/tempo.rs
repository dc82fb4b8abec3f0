//! Tempo: traces.

/// The port on which spans come in (OTLP over gRPC).
pub const OTLP: u16 = 4317;
