//! Token counts, as every format spells them, in one neutral form. Not prices, and not the estimate of a count.

use serde::Deserialize;

/// Tokens of one exchange. `input` and `output` hold everything; the others say what part of them it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// All input tokens, cached ones among them.
    pub input: u64,
    /// Input that was read from a cache.
    pub cached: u64,
    /// Input that was written to one.
    pub cache_write: u64,
    /// All output tokens, reasoning among them.
    pub output: u64,
    /// Output spent on reasoning.
    pub reasoning: u64,
}

/// What has been told so far. Streams tell it in parts, and repeat it: a later number replaces an earlier one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Told {
    /// Chat's holds the cache, whatever stands beside it.
    prompt_tokens: Option<u64>,
    input_tokens: Option<u64>,
    #[serde(alias = "completion_tokens")]
    output_tokens: Option<u64>,
    #[serde(alias = "prompt_tokens_details")]
    input_tokens_details: Option<InputDetails>,
    #[serde(alias = "completion_tokens_details")]
    output_tokens_details: Option<OutputDetails>,
    /// Anthropic's caches stand beside `input_tokens`, not in it.
    cache_read_input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    /// DeepSeek's.
    prompt_cache_hit_tokens: Option<u64>,
    #[serde(flatten)]
    gemini: Gemini,
}

/// Google's. Its candidates hold no thoughts, and its prompt nothing that tools brought.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Gemini {
    prompt_token_count: Option<u64>,
    candidates_token_count: Option<u64>,
    thoughts_token_count: Option<u64>,
    tool_use_prompt_token_count: Option<u64>,
    cached_content_token_count: Option<u64>,
    total_token_count: Option<u64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct InputDetails {
    cached_tokens: Option<u64>,
    cache_write_tokens: Option<u64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct OutputDetails {
    /// Anthropic's name for it is `thinking_tokens`.
    #[serde(alias = "thinking_tokens")]
    reasoning_tokens: Option<u64>,
}

impl Told {
    /// Reads one `usage` value and merges it. What cannot be read tells nothing.
    pub fn hear(&mut self, json: &[u8]) {
        // A list would be read as the fields in their order.
        if !json.starts_with(b"{") {
            return;
        }
        let Ok(told) = serde_json::from_slice::<Told>(json) else {
            return;
        };
        fn later<T>(earlier: &mut Option<T>, told: Option<T>) {
            if told.is_some() {
                *earlier = told;
            }
        }
        later(&mut self.prompt_tokens, told.prompt_tokens);
        later(&mut self.input_tokens, told.input_tokens);
        later(&mut self.output_tokens, told.output_tokens);
        later(&mut self.input_tokens_details, told.input_tokens_details);
        later(&mut self.output_tokens_details, told.output_tokens_details);
        later(&mut self.cache_read_input_tokens, told.cache_read_input_tokens);
        later(&mut self.cache_creation_input_tokens, told.cache_creation_input_tokens);
        later(&mut self.prompt_cache_hit_tokens, told.prompt_cache_hit_tokens);
        later(&mut self.gemini.prompt_token_count, told.gemini.prompt_token_count);
        later(&mut self.gemini.candidates_token_count, told.gemini.candidates_token_count);
        later(&mut self.gemini.thoughts_token_count, told.gemini.thoughts_token_count);
        later(&mut self.gemini.tool_use_prompt_token_count, told.gemini.tool_use_prompt_token_count);
        later(&mut self.gemini.cached_content_token_count, told.gemini.cached_content_token_count);
        later(&mut self.gemini.total_token_count, told.gemini.total_token_count);
    }

    /// The counts, if any were told.
    pub fn usage(&self) -> Option<Usage> {
        if let Some(usage) = self.gemini.usage() {
            return Some(usage);
        }
        if self.prompt_tokens.is_none() && self.input_tokens.is_none() && self.output_tokens.is_none() {
            return None;
        }
        let details = self.input_tokens_details.as_ref();
        let (read, written) = (self.cache_read_input_tokens, self.cache_creation_input_tokens);
        let beside = read.unwrap_or(0).saturating_add(written.unwrap_or(0));
        let input = self.prompt_tokens.unwrap_or_else(|| self.input_tokens.unwrap_or(0).saturating_add(beside));
        let inside = details.and_then(|details| details.cached_tokens).filter(|&cached| cached > 0);
        Some(Usage {
            input,
            cached: inside.or(self.prompt_cache_hit_tokens).or(read).unwrap_or(0),
            cache_write: details.and_then(|details| details.cache_write_tokens).or(written).unwrap_or(0),
            output: self.output_tokens.unwrap_or(0),
            reasoning: self.output_tokens_details.as_ref().and_then(|details| details.reasoning_tokens).unwrap_or(0),
        })
    }
}

impl Gemini {
    fn usage(&self) -> Option<Usage> {
        let prompt = self.prompt_token_count?;
        let thoughts = self.thoughts_token_count.unwrap_or(0);
        let candidates = self.candidates_token_count.unwrap_or(0);
        let input = prompt.saturating_add(self.tool_use_prompt_token_count.unwrap_or(0));
        // Some models count their thoughts among the candidates; the total tells.
        let holds_thoughts = self.total_token_count == Some(input.saturating_add(candidates));
        Some(Usage {
            input,
            cached: self.cached_content_token_count.unwrap_or(0),
            cache_write: 0,
            output: if holds_thoughts { candidates } else { candidates.saturating_add(thoughts) },
            reasoning: thoughts,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(parts: &[&str]) -> Option<Usage> {
        let mut told = Told::default();
        parts.iter().for_each(|part| told.hear(part.as_bytes()));
        told.usage()
    }

    #[test]
    fn chat_counts_its_cache_inside_the_prompt() {
        let chat = r#"{"prompt_tokens":100,"completion_tokens":20,"total_tokens":120,
            "prompt_tokens_details":{"cached_tokens":64,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":7}}"#;
        assert_eq!(told(&[chat]), Some(Usage { input: 100, cached: 64, cache_write: 0, output: 20, reasoning: 7 }));
    }

    #[test]
    fn messages_count_their_caches_beside_the_input_and_tell_in_parts() {
        let start =
            r#"{"input_tokens":10,"cache_read_input_tokens":50,"cache_creation_input_tokens":5,"output_tokens":1}"#;
        let delta = r#"{"output_tokens":42,"output_tokens_details":{"thinking_tokens":30}}"#;
        assert_eq!(
            told(&[start, delta]),
            Some(Usage { input: 65, cached: 50, cache_write: 5, output: 42, reasoning: 30 })
        );
    }

    #[test]
    fn chat_with_anthropics_fields_beside_counts_its_cache_once() {
        let chat = r#"{"prompt_tokens":65,"completion_tokens":1,"cache_read_input_tokens":50,"cache_creation_input_tokens":5}"#;
        assert_eq!(told(&[chat]), Some(Usage { input: 65, cached: 50, cache_write: 5, output: 1, reasoning: 0 }));
    }

    #[test]
    fn gemini_counts_its_thoughts_beside_or_among_the_candidates() {
        let beside = r#"{"promptTokenCount":10,"candidatesTokenCount":5,"thoughtsTokenCount":7,"totalTokenCount":22,
            "cachedContentTokenCount":4}"#;
        let expected = Usage { input: 10, cached: 4, cache_write: 0, output: 12, reasoning: 7 };
        assert_eq!(told(&[beside]), Some(expected));
        let among = r#"{"promptTokenCount":10,"candidatesTokenCount":12,"thoughtsTokenCount":7,"totalTokenCount":22}"#;
        assert_eq!(told(&[among]), Some(Usage { cached: 0, ..expected }));
    }

    #[test]
    fn null_and_nonsense_tell_nothing() {
        assert_eq!(told(&["null", "[1]", "{\"input_tokens\":\"9\"}", "{}"]), None);
    }
}
