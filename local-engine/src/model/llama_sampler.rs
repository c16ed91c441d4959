//! A sampler made of llama.cpp's samplers.
//! The grammar stands outside the chain: a choice that it accepts as it is costs one check instead of a scan of the vocabulary,
//! and a grammar inside the chain ends the process when it throws.

use llama_cpp_2::{
    model::LlamaModel,
    sampling::LlamaSampler,
    token::{LlamaToken, data::LlamaTokenData, data_array::LlamaTokenDataArray, logit_bias::LlamaLogitBias},
};

use super::{Sampler, SamplerFailed, SamplerRefused, Token, deadline};
use crate::sampling::Sampling;

pub(super) struct ChainSampler {
    chain: LlamaSampler,
    grammar: Option<LlamaSampler>,
    candidates: LlamaTokenDataArray,
}

impl ChainSampler {
    pub(super) fn new(
        model: &LlamaModel,
        ends: &[LlamaToken],
        wish: &Sampling,
        prompt: &[Token],
    ) -> Result<Self, SamplerRefused> {
        let grammar = wish.grammar.as_deref().map(|text| grammar(model, text, &wish.grammar_triggers)).transpose()?;
        let chain = LlamaSampler::chain(stages(model, ends, wish, prompt)?, true);
        Ok(Self { chain, grammar, candidates: LlamaTokenDataArray::new(Vec::new(), false) })
    }

    fn fill(&mut self, logits: &[f32]) {
        let candidates = &mut self.candidates;
        candidates.data.clear();
        candidates.data.extend((0..).zip(logits).map(|(id, logit)| LlamaTokenData::new(LlamaToken(id), *logit, 0.0)));
        candidates.selected = None;
        candidates.sorted = false;
    }

    /// The choice, or another if the grammar does not allow it; the grammar goes on with it.
    fn allowed(
        &mut self,
        grammar: &mut LlamaSampler,
        mut choice: LlamaToken,
        logits: &[f32],
    ) -> Result<LlamaToken, SamplerFailed> {
        if !allows(grammar, choice) {
            self.fill(logits);
            grammar.apply(&mut self.candidates);
            choice = self.choose()?;
            if !allows(grammar, choice) {
                return Err(SamplerFailed);
            }
        }
        grammar.try_accept(choice).map_err(|_| SamplerFailed)?;
        Ok(choice)
    }

    fn choose(&mut self) -> Result<LlamaToken, SamplerFailed> {
        self.chain.apply(&mut self.candidates);
        self.candidates.selected_token().ok_or(SamplerFailed)
    }
}

impl Sampler for ChainSampler {
    fn pick(&mut self, logits: &[f32]) -> Result<Token, SamplerFailed> {
        self.fill(logits);
        let mut choice = self.choose()?;
        if let Some(mut grammar) = self.grammar.take() {
            choice = deadline::within(|| self.allowed(&mut grammar, choice, logits))?;
            self.grammar = Some(grammar);
        }
        self.chain.try_accept(choice).map_err(|_| SamplerFailed)?;
        Ok(choice.0)
    }
}

fn allows(grammar: &mut LlamaSampler, token: LlamaToken) -> bool {
    let mut one = LlamaTokenDataArray::new(vec![LlamaTokenData::new(token, 1.0, 0.0)], false);
    grammar.apply(&mut one);
    one.data.first().is_some_and(|candidate| candidate.logit() != f32::NEG_INFINITY)
}

fn grammar(model: &LlamaModel, text: &str, triggers: &[String]) -> Result<LlamaSampler, SamplerRefused> {
    let made = if triggers.is_empty() {
        LlamaSampler::grammar(model, text, "root")
    } else {
        LlamaSampler::grammar_lazy(model, text, "root", triggers, &[])
    };
    made.map_err(|error| SamplerRefused::Grammar(error.to_string()))
}

/// The stages in llama.cpp's order. Those that look at the prompt are shown it before they join the chain;
/// frequency and presence count the answer alone, as OpenAI's do.
fn stages(
    model: &LlamaModel,
    ends: &[LlamaToken],
    wish: &Sampling,
    prompt: &[Token],
) -> Result<Vec<LlamaSampler>, SamplerRefused> {
    let size = model.n_vocab();
    let whole = i32::try_from(model.n_ctx_train()).unwrap_or(i32::MAX);
    // No further than there can be tokens: llama.cpp takes memory for all it is told.
    let reach = |last_n: i32| if last_n < 0 { whole } else { last_n.min(whole) };
    let recent = || prompt.iter().map(|token| LlamaToken(*token));
    let mut stages = Vec::new();

    let mut biases = Vec::new();
    for &(token, bias) in &wish.logit_bias {
        if !(0..size).contains(&token) {
            return Err(SamplerRefused::Bias(token, usize::try_from(size).unwrap_or(0)));
        }
        biases.push(LlamaLogitBias::new(LlamaToken(token), bias));
    }
    if wish.ignore_eos {
        biases.extend(ends.iter().map(|end| LlamaLogitBias::new(*end, f32::NEG_INFINITY)));
    }
    if !biases.is_empty() {
        stages.push(LlamaSampler::logit_bias(size, &biases));
    }
    if (wish.repeat_penalty - 1.0).abs() > f32::EPSILON && wish.repeat_last_n != 0 {
        stages.push(
            LlamaSampler::penalties(size, reach(wish.repeat_last_n), wish.repeat_penalty, 0.0, 0.0)
                .with_tokens(recent()),
        );
    }
    if wish.frequency_penalty != 0.0 || wish.presence_penalty != 0.0 {
        stages.push(LlamaSampler::penalties(size, whole, 1.0, wish.frequency_penalty, wish.presence_penalty));
    }
    if wish.dry_multiplier != 0.0 {
        let breakers = wish.dry_sequence_breakers.iter().filter(|text| !text.contains('\0'));
        let last_n = reach(wish.dry_penalty_last_n);
        let dry =
            LlamaSampler::dry(model, wish.dry_multiplier, wish.dry_base, wish.dry_allowed_length, last_n, breakers);
        stages.push(dry.with_tokens(recent()));
    }
    if wish.temperature <= 0.0 {
        stages.push(LlamaSampler::greedy());
        return Ok(stages);
    }
    match wish.mirostat {
        1 => {
            stages.push(LlamaSampler::temp(wish.temperature));
            stages.push(LlamaSampler::mirostat(size, wish.seed, wish.mirostat_tau, wish.mirostat_eta, 100));
        }
        2 => {
            stages.push(LlamaSampler::temp(wish.temperature));
            stages.push(LlamaSampler::mirostat_v2(wish.seed, wish.mirostat_tau, wish.mirostat_eta));
        }
        _ => {
            narrow(&mut stages, wish);
            stages.push(LlamaSampler::temp_ext(wish.temperature, wish.dynatemp_range, wish.dynatemp_exponent));
            stages.push(LlamaSampler::dist(wish.seed));
        }
    }
    Ok(stages)
}

fn narrow(stages: &mut Vec<LlamaSampler>, wish: &Sampling) {
    if wish.top_n_sigma > 0.0 {
        stages.push(LlamaSampler::top_n_sigma(wish.top_n_sigma));
    }
    if wish.top_k > 0 {
        stages.push(LlamaSampler::top_k(wish.top_k));
    }
    if wish.typical_p < 1.0 {
        stages.push(LlamaSampler::typical(wish.typical_p, 1));
    }
    if wish.top_p < 1.0 {
        stages.push(LlamaSampler::top_p(wish.top_p, 1));
    }
    if wish.min_p > 0.0 {
        stages.push(LlamaSampler::min_p(wish.min_p, 1));
    }
    if wish.xtc_probability > 0.0 {
        stages.push(LlamaSampler::xtc(wish.xtc_probability, wish.xtc_threshold, 1, wish.seed));
    }
}
