//! `dragoman translate`: a request, an answer, a stream or an error from one wire format to another, by the code that the
//! gateway runs. From standard input to standard output; nothing is sent anywhere.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use dragoman_core::wire::{self, Context, Format, Memory, Quirks, Target};

/// What to translate.
#[derive(Subcommand)]
pub enum Translate {
    /// A client's request of format --from, for a target of format --to
    Request(Both),
    /// A target's whole answer of format --from, for a client of format --to
    Response(Answer),
    /// A target's streamed answer of format --from, for a client of format --to
    Stream(Answer),
    /// A target's error of format --from, for a client of format --to
    Error {
        /// Which formats
        #[command(flatten)]
        both: Both,
        /// The error's HTTP status
        #[arg(long, default_value_t = 500)]
        status: u16,
    },
}

/// The two formats.
#[derive(Args)]
pub struct Both {
    /// The format that comes in
    #[arg(long, value_enum)]
    from: Spelled,
    /// The format that goes out
    #[arg(long, value_enum)]
    to: Spelled,
    /// Also say on standard error what is lost, one path a line
    #[arg(long)]
    losses: bool,
    /// The model to ask for, or to show the client
    #[arg(long)]
    model: Option<String>,
}

/// An answer's two formats, and what it answers.
#[derive(Args)]
pub struct Answer {
    #[command(flatten)]
    both: Both,
    /// The client's request, in format --to: it tells shortened names and tools that take free text
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
}

/// A format, as it is spelled on the command line.
#[derive(Clone, Copy, ValueEnum)]
enum Spelled {
    Chat,
    Responses,
    Messages,
    Gemini,
}

impl Spelled {
    fn format(self) -> Format {
        match self {
            Spelled::Chat => Format::Chat,
            Spelled::Responses => Format::Responses,
            Spelled::Messages => Format::Messages,
            Spelled::Gemini => Format::Gemini,
        }
    }
}

/// What comes out.
pub struct Output {
    /// For standard output.
    pub bytes: Vec<u8>,
    /// For standard error: what was lost.
    pub losses: Vec<String>,
}

/// Translates standard input.
pub fn run(what: &Translate) -> Result<Output, String> {
    let mut input = Vec::new();
    std::io::stdin().read_to_end(&mut input).map_err(|error| format!("cannot read standard input: {error}"))?;
    match what {
        Translate::Request(both) => request(both, &input),
        Translate::Response(answer) => response(answer, &input),
        Translate::Stream(answer) => stream(answer, &input),
        Translate::Error { both, status } => {
            let bytes = wire::error(both.from.format(), both.to.format(), *status, &input);
            Ok(Output { bytes, losses: Vec::new() })
        }
    }
}

fn request(both: &Both, input: &[u8]) -> Result<Output, String> {
    let (from, to) = (both.from.format(), both.to.format());
    let own = model(input);
    let model = both.model.as_deref().or(own.as_deref()).unwrap_or("model");
    let target = Target { model, stream: None, quirks: Quirks::of(to) };
    let translated = wire::request(from, to, input, &target).map_err(|flaw| flaw.to_string())?;
    Ok(both.output(translated.body, &translated.losses))
}

/// The model that the request itself names.
fn model(input: &[u8]) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(input).ok()?;
    value.get("model")?.as_str().map(str::to_owned)
}

fn response(Answer { both, request }: &Answer, input: &[u8]) -> Result<Output, String> {
    let (from, to) = (both.from.format(), both.to.format());
    if from == to {
        return Ok(Output { bytes: input.to_vec(), losses: Vec::new() });
    }
    let (memory, context) = both.meeting(request.as_deref())?;
    let answered = wire::answer(from, to, input, &memory, &context).map_err(|error| error.message)?;
    Ok(both.output(answered.body, &answered.losses))
}

fn stream(Answer { both, request }: &Answer, input: &[u8]) -> Result<Output, String> {
    let (from, to) = (both.from.format(), both.to.format());
    let (memory, context) = both.meeting(request.as_deref())?;
    let mut stream = wire::Stream::new(from, to, &memory, &context);
    let mut bytes = Vec::with_capacity(input.len());
    stream.push(input, &mut bytes);
    stream.finish(&mut bytes);
    Ok(both.output(bytes, stream.losses()))
}

impl Both {
    /// An exchange in which the same input always gives the same output.
    fn meeting(&self, request: Option<&Path>) -> Result<(Memory, Context), String> {
        let (from, to) = (self.from.format(), self.to.format());
        let quirks = Quirks::of(from);
        let memory = match request {
            None => Memory::new(quirks.provider),
            Some(file) => {
                let body = std::fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
                let target = Target { model: "model", stream: None, quirks };
                wire::request(to, from, &body, &target).map_err(|flaw| flaw.to_string())?.memory
            }
        };
        Ok((memory, Context { model: self.model.clone(), seed: "translate".to_owned(), created: 0 }))
    }

    fn output(&self, bytes: Vec<u8>, losses: &wire::Losses) -> Output {
        let losses = if self.losses { losses.paths().map(str::to_owned).collect() } else { Vec::new() };
        Output { bytes, losses }
    }
}
