//! The document: a tree with spans, sections, schema, blueprints, environments, provenance
