//! How a model writes tool calls and thoughts, told from its template. One row per dialect.

/// A way of writing tool calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `<tool_call>{"name", "arguments"}</tool_call>`: Hermes, ChatML, Qwen.
    Hermes,
    /// `{"name", "parameters"}`, perhaps after `<|python_tag|>`: Llama 3.
    Llama3,
    /// `[TOOL_CALLS]` and a list, or a name and `[ARGS]`: Mistral.
    Mistral,
    /// A JSON object or list of them, where the template says nothing.
    Json,
}

/// Control tokens that are part of what a dialect writes, and therefore of the text to be read.
const MARKUP: &[(&str, Dialect)] = &[
    ("<tool_call>", Dialect::Hermes),
    ("[TOOL_CALLS]", Dialect::Mistral),
    ("<|python_tag|>", Dialect::Llama3),
    ("\"parameters\": dictionary of argument name", Dialect::Llama3),
];

impl Dialect {
    /// The dialect of a template.
    #[must_use]
    pub fn of(template: &str) -> Self {
        MARKUP.iter().find(|(mark, _)| template.contains(mark)).map_or(Self::Json, |(_, dialect)| *dialect)
    }

    /// What opens a call, where something does.
    #[must_use]
    pub fn opening(self) -> Option<&'static str> {
        match self {
            Self::Hermes => Some("<tool_call>"),
            Self::Mistral => Some("[TOOL_CALLS]"),
            Self::Llama3 | Self::Json => None,
        }
    }

    /// What closes it, where something does.
    #[must_use]
    pub fn closing(self) -> Option<&'static str> {
        (self == Self::Hermes).then_some("</tool_call>")
    }

    /// What the arguments of a call are called.
    #[must_use]
    pub fn arguments(self) -> &'static str {
        if self == Self::Llama3 { "parameters" } else { "arguments" }
    }
}

/// Whether a model of this template thinks aloud.
#[must_use]
pub fn thinks(template: &str) -> bool {
    template.contains("</think>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_tells_its_dialect() {
        assert_eq!(Dialect::of("{{- '<tool_call>\\n' }}"), Dialect::Hermes);
        assert_eq!(Dialect::of("[TOOL_CALLS] {{ x }}"), Dialect::Mistral);
        assert_eq!(Dialect::of("{{ '<|python_tag|>' }}"), Dialect::Llama3);
        assert_eq!(Dialect::of("{{ messages }}"), Dialect::Json);
    }
}
