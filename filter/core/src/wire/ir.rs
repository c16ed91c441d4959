//! The neutral form between wire formats: a conversation to ask with, and the events of an answer.
//! It knows no format; how each spells these things is in the format's own folder.

use serde_json::{Map, Value};

use super::blob::Blob;
use super::error::ApiError;
use super::knob::Knob;
use crate::usage::Usage;

/// A request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// The leading instructions.
    pub system: Vec<Part>,
    /// The conversation.
    pub turns: Vec<Turn>,
    /// The tools on offer.
    pub tools: Vec<Tool>,
    /// Which of them must or may be called.
    pub choice: Option<Given<Choice>>,
    /// Whether several may be called at once; `None` leaves it to the target.
    pub parallel: Option<Given<bool>>,
    /// The most tokens to answer with.
    pub max_tokens: Option<Given<u64>>,
    /// Texts that end the answer.
    pub stop: Option<Given<Vec<String>>>,
    /// Who asks, for the provider's own abuse checks.
    pub user: Option<Given<String>>,
    /// How much to think.
    pub thinking: Option<Given<Thinking>>,
    /// What the answer must look like.
    pub output: Option<Given<Output>>,
    /// Parameters whose values mean the same wherever they are taken.
    pub knobs: Vec<(Knob, Given<Value>)>,
    /// Whether to stream.
    pub stream: bool,
    /// Whether the client asked for usage in its stream.
    pub usage_asked: bool,
    /// What the answer is to say again of the request, where the client's format has that.
    pub echo: Map<String, Value>,
}

/// A value, and where the client wrote it; what belongs to a part, behind the part's own place.
#[derive(Clone, Debug, PartialEq)]
pub struct Given<T> {
    /// The field's path in the client's request.
    pub at: &'static str,
    /// The value.
    pub is: T,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Instructions behind the beginning.
    System,
    /// The user, and the tools' results.
    User,
    /// The model.
    Assistant,
}

/// What one side said.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// Who.
    pub role: Role,
    /// What, in order.
    pub parts: Vec<Part>,
}

/// A piece of a turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Where the client wrote it: `messages[2].content[0]`.
    pub at: String,
    /// The mark up to which a prompt is to be cached, as Anthropic spells it.
    pub cache: Option<Value>,
    /// What it is.
    pub is: Piece,
}

/// What a part is.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// Text.
    Text(String),
    /// An image, a document, a sound.
    Media(Media),
    /// The model calls a tool.
    Call(Call),
    /// What a tool answered.
    Outcome(Outcome),
    /// What the model thought.
    Reasoning(Reasoning),
}

/// A file in a conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Media {
    /// `image/png`; empty where it is not known.
    pub mime: String,
    /// Where its bytes are.
    pub source: Source,
    /// Its name or title.
    pub name: Option<Given<String>>,
    /// How closely to look at it: OpenAI's `detail`.
    pub detail: Option<Given<String>>,
}

/// Where a file's bytes are.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// Here, in base64.
    Data(String),
    /// Somewhere else.
    Url(String),
    /// Here, as text.
    Text(String),
}

/// A call of a tool.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// What its outcome refers to it by.
    pub id: String,
    /// The tool.
    pub name: String,
    /// An object in JSON; the input itself if `custom`.
    pub arguments: String,
    /// Whether the tool takes free text.
    pub custom: bool,
}

/// What a tool answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The call's.
    pub id: String,
    /// The tool, where the client said it.
    pub name: Option<String>,
    /// Text and media.
    pub parts: Vec<Part>,
    /// Whether it failed.
    pub is_error: bool,
    /// Whether the tool takes free text.
    pub custom: bool,
}

/// What the model thought.
#[derive(Clone, Debug, PartialEq)]
pub struct Reasoning {
    /// As far as it may be read.
    pub text: String,
    /// The provider's proof or copy of it. In front of a call it may be the call's.
    pub blob: Option<Blob>,
}

/// A tool on offer.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    /// Where the client wrote it.
    pub at: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it takes.
    pub input: Input,
    /// Whether the model is held to the schema.
    pub strict: Option<Given<bool>>,
    /// See [`Part::cache`].
    pub cache: Option<Value>,
}

/// What a tool takes.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// An object of this schema.
    Schema(Map<String, Value>),
    /// Free text, perhaps of a grammar.
    Free(Option<Grammar>),
}

/// What free text has to look like.
#[derive(Clone, Debug, PartialEq)]
pub struct Grammar {
    /// Its notation: `lark`, `regex`.
    pub syntax: String,
    /// Itself.
    pub definition: String,
}

/// Which tools must or may be called.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// Any or none.
    Auto,
    /// None.
    None,
    /// At least one.
    Required,
    /// This one.
    Tool(String),
    /// Any of these, or none; or at least one of them.
    Among(Vec<String>, bool),
}

/// How much to think.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Thinking {
    /// In words: `none`, `minimal`, `low`, `medium`, `high`, `xhigh`, `max`.
    pub effort: Option<String>,
    /// In tokens; 0 is not at all.
    pub budget: Option<u64>,
    /// As the model likes, without a budget.
    pub adaptive: bool,
    /// Whether the client is to read it, or a summary; and which.
    pub summary: Option<Given<String>>,
}

/// What the answer must look like.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Any JSON.
    Json,
    /// JSON of a schema.
    Schema {
        /// Its name.
        name: Option<String>,
        /// What it is for.
        description: Option<String>,
        /// The schema.
        schema: Value,
        /// Whether the model is held to it.
        strict: Option<bool>,
    },
}

/// Why an answer ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stop {
    /// The model was done.
    #[default]
    Natural,
    /// It wrote a stop text, perhaps this one.
    Text(Option<String>),
    /// The token limit.
    Length,
    /// The model's own limit.
    ContextFull,
    /// It waits for tools.
    Tools,
    /// It, or a filter, refused.
    Refused,
    /// It will go on when asked.
    Pause,
    /// It produced something invalid: the provider's word for it.
    Fault(String),
}

/// A source that an answer cites. Positions count characters in the text that cites it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Citation {
    /// Where the source is.
    pub url: String,
    /// What it is called.
    pub title: String,
    /// What it says.
    pub quote: String,
    /// Where the citing text begins.
    pub start: u64,
    /// Where it ends.
    pub end: u64,
}

/// What a target's answer says, as it comes: calls may interleave, anything may be missing.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// The model that answers.
    Model(&'a str),
    /// More text.
    Text(&'a str),
    /// More of a refusal in words.
    Refusal(&'a str),
    /// More reasoning.
    Reasoning(&'a str),
    /// The seal of the reasoning before it; of its own where there was none.
    Seal(&'a str),
    /// A source of the text before it.
    Citation(Citation),
    /// The text or reasoning is complete.
    Break,
    /// A call begins. `slot` is the target's number for it.
    Call {
        /// Told from other calls by this.
        slot: u64,
        /// Empty where the target gives none.
        id: &'a str,
        /// The tool.
        name: &'a str,
        /// Whether its arguments are free text.
        custom: bool,
    },
    /// More of a call's arguments.
    Arguments {
        /// Whose.
        slot: u64,
        /// The text.
        text: &'a str,
    },
    /// A call is complete.
    CallEnd {
        /// Which.
        slot: u64,
    },
    /// All that is known of the tokens so far.
    Usage(Usage),
    /// Why it ended.
    Stop(Stop),
    /// Something was left out.
    Lost(&'static str),
    /// The target failed.
    Fail(ApiError),
    /// All is said.
    End,
}

impl Event<'_> {
    /// How much text it brings.
    pub(super) fn length(&self) -> usize {
        match self {
            Event::Text(text) | Event::Refusal(text) | Event::Reasoning(text) | Event::Seal(text) => text.len(),
            Event::Arguments { text, .. } => text.len(),
            Event::Citation(citation) => citation.url.len() + citation.title.len() + citation.quote.len(),
            _ => 0,
        }
    }
}

/// What the sequencer tells encoders: parts one after the other, each opened and closed; one start, one end.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// First of all.
    Start(&'a Head),
    /// A part begins.
    Open(Opening<'a>),
    /// More of it.
    Delta(&'a str),
    /// The seal of a reasoning part, the last thing in it.
    Seal(&'a Blob),
    /// A source of a text part.
    Cite(&'a Citation),
    /// It is complete.
    Close,
    /// All is said.
    Finish(&'a Stop, &'a Usage),
    /// It failed; nothing follows.
    Fail(&'a ApiError),
}

/// What part begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening<'a> {
    /// Text.
    Text,
    /// A refusal in words.
    Refusal,
    /// Reasoning that may be read.
    Reasoning,
    /// Reasoning that may not: only a seal follows.
    Sealed,
    /// A call.
    Call {
        /// Never empty.
        id: &'a str,
        /// The tool, as the client named it.
        name: &'a str,
        /// Whether its input is free text.
        custom: bool,
    },
}

/// What is known of an answer before it begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// What ids are made of.
    pub seed: String,
    /// The model, as the client is to read it.
    pub model: String,
    /// Seconds since 1970.
    pub created: u64,
    /// The input's tokens, estimated.
    pub estimate: u64,
    /// What to say again of the request.
    pub echo: Map<String, Value>,
}
