//! The `dragoman` command line: which subcommands there are. What they do is in the library beside it.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use dragoman::{check, explain, key, redact, render, schema, translate, up};

/// A stock Envoy as an LLM gateway, from one dragoman.yaml.
#[derive(Parser)]
#[command(name = "dragoman", version, arg_required_else_help = true, after_help = EXIT_CODES)]
struct Command {
    #[command(subcommand)]
    verb: Verb,
}

const EXIT_CODES: &str = "Exit codes: 0 fine, 1 something is wrong with the file, 2 wrong usage.";

#[derive(Subcommand)]
enum Verb {
    /// Say everything that is wrong with a configuration
    #[command(after_help = "Examples:\n  dragoman check\n  dragoman check /etc/dragoman.yaml")]
    Check {
        /// The configuration
        #[arg(default_value = "dragoman.yaml")]
        file: PathBuf,
    },
    /// Say where a request would go, and why
    #[command(
        after_help = "Examples:\n  dragoman explain --model gpt-4o --key alice\n  dragoman explain --model claude-sonnet-4-5 --endpoint messages --stream --json"
    )]
    Explain(explain::Explain),
    /// Run the gateway in the foreground: Envoy, the module, and every edit of the file
    #[command(after_help = UP)]
    Up(up::Up),
    /// Say by the exit code whether the gateway that runs here answers: for health checks
    #[command(after_help = "Examples:\n  dragoman ready && echo 'it answers'")]
    Ready,
    /// Write configuration for what runs the gateway
    Render {
        #[command(subcommand)]
        what: render::Render,
    },
    /// Make keys for callers
    Key {
        #[command(subcommand)]
        verb: KeyVerb,
    },
    /// Translate between wire formats, from standard input to standard output
    #[command(after_help = TRANSLATE)]
    Translate {
        #[command(subcommand)]
        what: translate::Translate,
    },
    /// Take personal data and secrets out of a text, as a policy says
    #[command(
        after_help = "Examples:\n  echo 'Mail anna@example.com' | dragoman redact\n  dragoman redact --policy careful --config dragoman.yaml < prompt.txt\n  dragoman redact --jsonl < texts.jsonl"
    )]
    Redact(redact::Redact),
    /// List what can be found: personal data and secrets, each with its groups, its proof and an example
    #[command(after_help = "Examples:\n  dragoman entities | grep financial")]
    Entities,
    /// Print the JSON Schema of dragoman.yaml
    #[command(after_help = "Examples:\n  dragoman schema > dragoman.schema.json")]
    Schema,
}

const UP: &str = "Examples:
  dragoman up
  dragoman up --concurrency 2 dragoman.yaml
  dragoman up --listen 0.0.0.0:8080 --engine-at local=engine:8081 /etc/dragoman/dragoman.yaml";

const TRANSLATE: &str = "Examples:
  dragoman translate request --from messages --to chat < request.json
  dragoman translate stream --from gemini --to responses --losses < answer.sse";

#[derive(Subcommand)]
enum KeyVerb {
    /// Make a key, and print it with the lines that let it in
    #[command(after_help = "Examples:\n  dragoman key new alice\n  dragoman key new alice --tenant search | pbcopy")]
    New {
        /// The caller's name in logs
        id: String,
        /// Whose it is, if not the caller's own
        #[arg(long)]
        tenant: Option<String>,
    },
}

fn main() -> ExitCode {
    match Command::parse().verb {
        Verb::Check { file } => check::run(&file),
        Verb::Explain(explain) => match explain.answer() {
            Ok((text, true)) => shown(&text, ExitCode::SUCCESS),
            Ok((text, false)) => shown(&text, ExitCode::FAILURE),
            Err(what) => failed(&what, ExitCode::from(2)),
        },
        Verb::Up(asked) => done(up::run(&asked)),
        Verb::Ready => done(up::ready()),
        Verb::Render { what } => match render::run(&what) {
            Ok(text) => shown(&text, ExitCode::SUCCESS),
            Err(what) => failed(&what, ExitCode::FAILURE),
        },
        Verb::Key { verb: KeyVerb::New { id, tenant } } => done(key::new(&id, tenant.as_deref())),
        Verb::Translate { what } => match translate::run(&what) {
            Ok(output) => {
                output.losses.iter().for_each(|path| eprintln!("lost: {path}"));
                written(&output.bytes, ExitCode::SUCCESS)
            }
            Err(what) => failed(&what, ExitCode::FAILURE),
        },
        Verb::Redact(asked) => done(redact::run(&asked)),
        Verb::Entities => shown(&redact::entities(), ExitCode::SUCCESS),
        Verb::Schema => shown(&schema::text(), ExitCode::SUCCESS),
    }
}

fn done(outcome: Result<(), String>) -> ExitCode {
    outcome.map_or_else(|what| failed(&what, ExitCode::FAILURE), |()| ExitCode::SUCCESS)
}

fn shown(text: &str, code: ExitCode) -> ExitCode {
    written(text.as_bytes(), code)
}

fn written(bytes: &[u8], code: ExitCode) -> ExitCode {
    // Whoever reads it may have seen enough and gone.
    let _ = std::io::stdout().write_all(bytes);
    code
}

fn failed(what: &str, code: ExitCode) -> ExitCode {
    eprintln!("dragoman: {what}");
    code
}
