//! Vocabulary and artefacts: addresses, values, quantities, diagnostics, graphs, plans, operations, events
