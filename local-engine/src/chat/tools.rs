//! The tools a client offers, which of them an answer may or must call, and the grammar that keeps a call well formed.

use std::sync::Arc;

use serde_json::{Value, json};

use super::dialect::Dialect;

/// What may be called.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tools {
    /// The tools as the client sent them, but those that `choice` rules out.
    pub offered: Vec<Value>,
    /// Whether a call may or must be made.
    pub choice: Choice,
    /// Whether there may be several.
    pub parallel: bool,
}

/// Whether a call may or must be made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// None.
    #[default]
    None,
    /// As the model likes.
    Auto,
    /// At least one.
    Required,
}

/// A tool or choice that cannot be used: where, and why.
#[derive(Debug, PartialEq, Eq)]
pub struct BadTool {
    /// The key's path.
    pub path: String,
    /// What is wrong with it.
    pub problem: String,
}

impl Tools {
    /// Reads `tools`, `tool_choice` and `parallel_tool_calls`.
    pub fn read(tools: Option<&[Value]>, choice: Option<&Value>, parallel: Option<bool>) -> Result<Self, BadTool> {
        let tools = tools.unwrap_or_default();
        for (index, tool) in tools.iter().enumerate() {
            if tool.get("type").is_some_and(|kind| kind != "function") {
                return Err(bad(&format!("tools[{index}].type"), "must be `function`"));
            }
            if !tool.pointer("/function/name").is_some_and(Value::is_string) {
                return Err(bad(&format!("tools[{index}].function.name"), "must be a string"));
            }
        }
        let wish = choice.and_then(Value::as_str);
        let named = choice.and_then(|choice| choice.pointer("/function/name")).and_then(Value::as_str);
        let (offered, choice) = match (wish, named) {
            (Some("none"), _) => (tools.to_vec(), Choice::None),
            (Some("auto"), _) => (tools.to_vec(), Choice::Auto),
            (Some("required"), _) => (tools.to_vec(), Choice::Required),
            (_, Some(name)) => {
                (tools.iter().filter(|tool| tool_name(tool) == name).cloned().collect(), Choice::Required)
            }
            (None, None) if choice.is_none_or(Value::is_null) => (tools.to_vec(), Choice::Auto),
            _ => {
                return Err(bad("tool_choice", "must be none, auto, required or name a function"));
            }
        };
        if offered.is_empty() && choice == Choice::Required {
            return Err(bad("tool_choice", "asks for a call, and no such tool is offered"));
        }
        let choice = if offered.is_empty() { Choice::None } else { choice };
        Ok(Self { offered, choice, parallel: parallel.unwrap_or(true) })
    }

    /// The names of those that are offered.
    #[must_use]
    pub fn names(&self) -> Arc<[String]> {
        self.offered.iter().map(|tool| tool_name(tool).to_string()).collect()
    }

    /// The grammar of an answer that calls, where `of_schema` turns a JSON schema into rules with a `root`.
    pub fn grammar<E>(
        &self,
        dialect: Dialect,
        of_schema: impl Fn(&str) -> Result<String, E>,
    ) -> Result<Option<String>, E> {
        if self.choice == Choice::None || (self.choice == Choice::Auto && dialect.opening().is_none()) {
            return Ok(None);
        }
        let calls: Vec<Value> = self.offered.iter().map(|tool| call_schema(tool, dialect)).collect();
        let one = json!({"anyOf": calls});
        let listed = matches!(dialect, Dialect::Mistral | Dialect::Json);
        let schema = match (listed, self.parallel) {
            (false, _) => one,
            (true, true) => json!({"type": "array", "items": one, "minItems": 1}),
            (true, false) => json!({"type": "array", "items": one, "minItems": 1, "maxItems": 1}),
        };
        let rules = of_schema(&schema.to_string())?;
        let rules: Vec<String> = rules
            .lines()
            .map(|line| line.strip_prefix("root ::=").map_or(line.into(), |rule| format!("call ::={rule}")))
            .collect();
        let again = if self.parallel { "*" } else { "{0,0}" };
        let root = match dialect {
            Dialect::Hermes => {
                let wrapped = r#"wrapped ::= "<tool_call>\n" call "\n</tool_call>""#;
                format!("root ::= wrapped (\"\\n\" wrapped){again}\n{wrapped}")
            }
            Dialect::Mistral => r#"root ::= "[TOOL_CALLS]" " "? call"#.into(),
            Dialect::Llama3 | Dialect::Json => "root ::= call".into(),
        };
        Ok(Some(format!("{root}\n{}\n", rules.join("\n"))))
    }
}

fn tool_name(tool: &Value) -> &str {
    tool.pointer("/function/name").and_then(Value::as_str).unwrap_or_default()
}

fn call_schema(tool: &Value, dialect: Dialect) -> Value {
    let object = || json!({"type": "object"});
    let parameters = tool
        .pointer("/function/parameters")
        .filter(|parameters| parameters.is_object())
        .cloned()
        .unwrap_or_else(object);
    let arguments = dialect.arguments();
    json!({
        "type": "object",
        "properties": {"name": {"const": tool_name(tool)}, arguments: parameters},
        "required": ["name", arguments],
        "additionalProperties": false,
    })
}

fn bad(path: &str, problem: &str) -> BadTool {
    BadTool { path: path.into(), problem: problem.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(name: &str) -> Value {
        json!({"type": "function", "function": {"name": name, "parameters": {"type": "object"}}})
    }

    #[test]
    fn a_named_tool_is_the_only_one_and_must_be_called() {
        let tools = [tool("a"), tool("b")];
        let read =
            Tools::read(Some(&tools), Some(&json!({"type": "function", "function": {"name": "b"}})), None).unwrap();
        assert_eq!((read.offered, read.choice), (vec![tool("b")], Choice::Required));
    }

    #[test]
    fn a_tool_that_is_not_offered_cannot_be_asked_for() {
        let choice = json!({"function": {"name": "c"}});
        assert_eq!(Tools::read(Some(&[tool("a")]), Some(&choice), None).unwrap_err().path, "tool_choice");
        assert_eq!(Tools::read(None, Some(&json!("required")), None).unwrap_err().path, "tool_choice");
    }

    #[test]
    fn no_tools_mean_no_calls() {
        assert_eq!(Tools::read(None, None, None).unwrap().choice, Choice::None);
    }

    #[test]
    fn a_grammar_wraps_the_schema_and_is_left_out_where_nothing_opens_a_call() {
        let tools = Tools::read(Some(&[tool("a")]), None, Some(true)).unwrap();
        let fake = |schema: &str| Ok::<_, ()>(format!("root ::= \"{}\"\nspace ::= \" \"", schema.len()));
        let grammar = tools.grammar(Dialect::Hermes, fake).unwrap().unwrap();
        assert!(
            grammar.starts_with("root ::= wrapped (\"\\n\" wrapped)*\nwrapped ::= \"<tool_call>\\n\" call"),
            "{grammar}"
        );
        assert!(grammar.contains("\ncall ::= \"") && !grammar.contains("\nroot ::="), "{grammar}");
        assert_eq!(tools.grammar(Dialect::Json, fake), Ok(None));
    }
}
