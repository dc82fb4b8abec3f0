//! Lua as health scripts are written in it. Source: the Lua 5.1 reference manual; what is known of it is `local` and
//! assignment, `if`, `for … in ipairs/pairs`, `return`, tables, fields and indexes, comparisons, `and`, `or`, `not`, `..`,
//! `#`, `+`, `-`, `tostring`, and nothing of the standard library. Tables are values: two names never share one.

mod eval;
mod lex;
mod parse;

use serde_json::Value;

/// A script that was read.
pub(super) struct Script(Vec<parse::Statement>);

/// Reads a script.
///
/// # Errors
/// What is wrong with it, in the interpreter's words.
pub(super) fn read(script: &str) -> Result<Script, String> {
    parse::read(&lex::read(script)?).map(Script)
}

impl Script {
    /// What the script returns when `obj` is `object`.
    ///
    /// # Errors
    /// What is wrong with it, in the interpreter's words.
    pub fn run(&self, object: &Value) -> Result<Value, String> {
        eval::run(&self.0, object)
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use serde_json::{Value, json};

    fn run(script: &str, object: &Value) -> Result<Value, String> {
        read(script)?.run(object)
    }

    #[test]
    fn a_health_script_says_what_it_sees() {
        let script = r#"
            local hs = { status = "Progressing", message = "none" } -- a comment
            if obj.status ~= nil and obj.status.conditions then
              for i, c in ipairs(obj.status.conditions) do
                if c.type == "Ready" then
                  hs.message = i .. ": " .. (c.message or "")
                  if c.status == "True" then hs.status = "Healthy" elseif c.status == "False" then hs.status = "Degraded" end
                end
              end
            end
            return hs"#;
        let with = |status: &str| json!({ "status": { "conditions": [{ "type": "A" }, { "type": "Ready", "status": status, "message": "m" }] } });
        assert_eq!(run(script, &with("True")), Ok(json!({ "status": "Healthy", "message": "2: m" })));
        assert_eq!(run(script, &with("False")), Ok(json!({ "status": "Degraded", "message": "2: m" })));
        assert_eq!(run(script, &json!({})), Ok(json!({ "status": "Progressing", "message": "none" })));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (script, why) in [
            ("return obj.a.b", "attempt to index a non-table object(nil) with key 'b'"),
            ("return obj.a < 1", "attempt to compare nil with number"),
            ("x = ", "unexpected end of script"),
            ("return os.time()", "attempt to index a non-table object(nil) with key 'time'"),
            ("while true do end", "the embedded Lua does not have 'while'"),
            ("return ({ 1, 2 })[2] + #obj.list", ""),
        ] {
            let got = run(script, &json!({ "list": ["x"] }));
            assert_eq!(got.clone().err().unwrap_or_default(), why, "{script}");
            assert!(!why.is_empty() || got == Ok(json!(3)), "{got:?}");
        }
    }
}
