//! The one way out: a cloneable service, TLS, deadlines, body limits, redaction, signature v4
