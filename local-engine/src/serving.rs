//! A model that is loaded and served: its settings, its vocabulary, its template and its engine.

use std::sync::Arc;

use crate::{
    chat::{
        dialect::{Dialect, thinks},
        template::{Template, TemplateFailed},
    },
    engine::{
        Engine, Limits,
        stats::{Metrics, Stats},
    },
    model::{
        Model,
        llama::{Llama, LoadFailed},
    },
    settings::Settings,
};

/// A model that is served.
pub struct Served {
    /// What it is served with.
    pub settings: Settings,
    /// Its vocabulary and facts.
    pub model: Arc<dyn Model>,
    /// What it can do.
    pub work: Work,
    /// When it was loaded, in seconds since 1970.
    pub since: u64,
}

/// What a model can do.
pub enum Work {
    /// Answer.
    Answers(Box<Writer>),
    /// Turn texts into vectors.
    Embeddings(crate::embedder::Embedder),
}

/// What writes a model's answers.
pub struct Writer {
    /// Its engine.
    pub engine: Engine,
    /// How it chats, or why it does not.
    pub chat: Result<Chat, String>,
}

/// How a model chats.
pub struct Chat {
    /// Its template.
    pub template: Template,
    /// How it writes tool calls.
    pub dialect: Dialect,
    /// Whether it thinks aloud.
    pub thinks: bool,
}

impl Served {
    /// Loads a model. Takes as long as reading the file does: not for an async thread.
    pub fn load(settings: Settings, metrics: &Metrics) -> Result<Self, LoadFailed> {
        let llama = Llama::load(&settings)?;
        let model: Arc<dyn Model> = Arc::clone(&llama) as Arc<dyn Model>;
        let facts = model.facts();
        let settings = settings.settled(facts);
        let work = if settings.embeddings {
            Work::Embeddings(crate::embedder::Embedder::start(llama, settings.clone())?)
        } else {
            let chat = match &facts.template {
                Some(source) => Chat::new(source, &facts.bos, &facts.eos).map_err(|error| error.to_string()),
                None => Err("the model's file has no chat template; use /v1/completions".into()),
            };
            Work::Answers(Box::new(Writer {
                engine: engine(llama, settings.clone(), metrics.of(&settings.name))?,
                chat,
            }))
        };
        let since =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Ok(Self { settings, model, work, since })
    }
}

impl Chat {
    fn new(source: &str, bos: &str, eos: &str) -> Result<Self, TemplateFailed> {
        let template = Template::new(source, bos, eos)?;
        Ok(Self { template, dialect: Dialect::of(source), thinks: thinks(source) })
    }
}

fn engine(llama: Arc<Llama>, settings: Settings, stats: Stats) -> Result<Engine, LoadFailed> {
    let apart = !settings.unified;
    let limits = Limits {
        parallel: settings.parallel,
        queue: settings.queue,
        context: settings.context,
        cells: settings.cells(),
        sequences: settings.sequences(),
        step: settings.ubatch,
        prefill_budget: settings.prefill_budget,
        // What is kept in a memory of its own takes no room from anyone.
        cached: if apart && settings.kept() > 0 { usize::MAX } else { settings.kept() },
        apart,
    };
    let model: Arc<dyn Model> = Arc::clone(&llama) as Arc<dyn Model>;
    Engine::start(model, limits, stats, move |serve| {
        let mut evaluator = llama.evaluator(&settings)?;
        serve(&mut evaluator);
        Ok(())
    })
}
