//! What targets of one format differ in, as data. Not the formats' own rules.

/// Which field of a chat request holds the most tokens to answer with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenField {
    /// `max_tokens`: what most servers know.
    MaxTokens,
    /// `max_completion_tokens`: OpenAI's, and the only one that its reasoning models take.
    MaxCompletionTokens,
}

/// What a target's dialect of its format takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quirks {
    /// Whose sealed reasoning it can open: the tag of its signatures and encrypted items.
    pub provider: &'static str,
    /// Where a chat request's token limit goes.
    pub token_field: TokenField,
    /// The token limit where the format demands one and the client gave none.
    pub default_max_tokens: u64,
    /// Whether chat takes the role `developer`.
    pub developer_role: bool,
    /// Whether chat takes `stream_options.include_usage`, and tells usage only then.
    pub include_usage: bool,
    /// Whether tools take `strict`.
    pub strict_tools: bool,
    /// Whether chat takes `reasoning_effort`.
    pub reasoning_effort: bool,
    /// Whether chat takes earlier reasoning back, as `reasoning_content`.
    pub reasoning_content: bool,
    /// Whether chat takes what OpenAI does not: `top_k`.
    pub extensions: bool,
    /// Models (by the start of their names) that refuse sampling parameters.
    pub fixed_sampling: &'static [&'static str],
    /// Those of them (by the start of their names) that take them all the same.
    pub free_sampling: &'static [&'static str],
    /// Models (by the start of their names) that refuse `temperature` and `top_p` together.
    pub one_sampler: &'static [&'static str],
    /// Models (by the start of their names) that refuse stop texts.
    pub no_stop: &'static [&'static str],
    /// Models (by the start of their names) that cannot think, and refuse to be told how much.
    pub never_thinks: &'static [&'static str],
    /// Models (by the start of their names) that think by level, not by budget (`thinkingLevel`, `thinking: adaptive`).
    pub thinks_by_level: &'static [&'static str],
    /// Models (by the start of their names) that cannot be told not to think.
    pub always_thinks: &'static [&'static str],
    /// Whether it is a Vertex endpoint: Anthropic's body then names no model but a version, and some fields are refused.
    pub vertex: bool,
}

impl Quirks {
    /// OpenAI itself, and Azure.
    pub const OPENAI: Quirks = Quirks {
        provider: "openai",
        token_field: TokenField::MaxCompletionTokens,
        default_max_tokens: 4096,
        developer_role: true,
        include_usage: true,
        strict_tools: true,
        reasoning_effort: true,
        reasoning_content: false,
        extensions: false,
        // What they answer with 400: openai-python#2104 for the o series, ragas#2418 for gpt-5. `gpt-5-chat` does not
        // reason, and takes them: litellm#13781.
        fixed_sampling: &["o1", "o3", "o4", "gpt-5"],
        free_sampling: &["gpt-5-chat"],
        one_sampler: &[],
        // The API's reference on `stop`, and open-webui#16310 for gpt-5.
        no_stop: &["o3", "o4", "gpt-5"],
        // `reasoning_effort` is for reasoning models; others answer 400.
        never_thinks: &["gpt-3", "gpt-4", "chatgpt-4o", "gpt-5-chat"],
        thinks_by_level: &[],
        always_thinks: &[],
        vertex: false,
    };

    /// A server that speaks chat like OpenAI's did at first: vLLM, Ollama, llama.cpp, local-engine.
    pub const COMPATIBLE: Quirks = Quirks {
        provider: "compatible",
        token_field: TokenField::MaxTokens,
        developer_role: false,
        strict_tools: false,
        reasoning_effort: true,
        reasoning_content: true,
        extensions: true,
        fixed_sampling: &[],
        free_sampling: &[],
        no_stop: &[],
        never_thinks: &[],
        ..Quirks::OPENAI
    };

    /// Anthropic itself.
    pub const ANTHROPIC: Quirks = Quirks {
        provider: "anthropic",
        // Anthropic's guide to migrating to Opus 4.7 and later (platform.claude.com, about-claude/models): sampling
        // parameters are refused. For Fable and Mythos: prime-agent#302.
        fixed_sampling: &[
            "claude-opus-4-7",
            "claude-opus-4-8",
            "claude-opus-5",
            "claude-sonnet-5",
            "claude-fable",
            "claude-mythos",
        ],
        free_sampling: &[],
        // From Opus 4.1 on: MCP-Universe#49, OpenHands#12909.
        one_sampler: &[
            "claude-opus-4-1",
            "claude-opus-4-5",
            "claude-opus-4-6",
            "claude-sonnet-4-5",
            "claude-sonnet-4-6",
            "claude-haiku-4-5",
        ],
        no_stop: &[],
        // build-with-claude/extended-thinking: the models before 3.7 are not among those that think.
        never_thinks: &["claude-3-opus", "claude-3-sonnet", "claude-3-haiku", "claude-3-5"],
        // build-with-claude/adaptive-thinking there: 4.6 still takes a budget and advises against it, all later ones
        // refuse it. For Fable and Mythos: oh-my-openagent#5098.
        thinks_by_level: &[
            "claude-opus-4-6",
            "claude-sonnet-4-6",
            "claude-opus-4-7",
            "claude-opus-4-8",
            "claude-opus-5",
            "claude-sonnet-5",
            "claude-fable",
            "claude-mythos",
        ],
        // They answer `disabled` with 400: prime-agent#302.
        always_thinks: &["claude-fable", "claude-mythos"],
        ..Quirks::OPENAI
    };

    /// Anthropic's models on Vertex: their signatures are Anthropic's.
    pub const VERTEX_ANTHROPIC: Quirks = Quirks { vertex: true, ..Quirks::ANTHROPIC };

    /// Google's own API, and Vertex.
    pub const GEMINI: Quirks = Quirks {
        provider: "gemini",
        fixed_sampling: &[],
        free_sampling: &[],
        no_stop: &[],
        // ai.google.dev, gemini-api/docs/thinking: from 2.5 on, by level from 3 on; 2.5 Pro cannot be told not to.
        never_thinks: &["gemini-1", "gemini-2.0", "gemma"],
        thinks_by_level: &["gemini-3"],
        always_thinks: &["gemini-2.5-pro"],
        ..Quirks::OPENAI
    };

    /// What targets of a format are like where nothing else is known.
    pub fn of(format: super::Format) -> &'static Quirks {
        match format {
            super::Format::Chat | super::Format::Responses => &Quirks::OPENAI,
            super::Format::Messages => &Quirks::ANTHROPIC,
            super::Format::Gemini => &Quirks::GEMINI,
        }
    }

    /// Whether a model refuses sampling parameters.
    pub(super) fn fixes_sampling(&self, model: &str) -> bool {
        is_among(self.fixed_sampling, model) && !is_among(self.free_sampling, model)
    }

    /// Whether a model refuses `temperature` and `top_p` together.
    pub(super) fn takes_one_sampler(&self, model: &str) -> bool {
        is_among(self.one_sampler, model)
    }

    /// Whether a model refuses stop texts.
    pub(super) fn refuses_stop(&self, model: &str) -> bool {
        is_among(self.no_stop, model) && !is_among(self.free_sampling, model)
    }

    /// Whether a model cannot think.
    pub(super) fn never_thinks(&self, model: &str) -> bool {
        is_among(self.never_thinks, model)
    }

    /// Whether a model thinks by level.
    pub(super) fn thinks_by_level(&self, model: &str) -> bool {
        is_among(self.thinks_by_level, model)
    }

    /// Whether a model thinks, whatever it is told.
    pub(super) fn always_thinks(&self, model: &str) -> bool {
        is_among(self.always_thinks, model)
    }
}

fn is_among(starts: &[&str], model: &str) -> bool {
    starts.iter().any(|start| model.starts_with(start))
}
