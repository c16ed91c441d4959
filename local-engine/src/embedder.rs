//! A model that turns texts into vectors: one thread, as many texts at once as fit its batch.

use std::{
    collections::VecDeque,
    sync::{Arc, mpsc},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::{
    engine::Refused,
    model::{
        Evaluator, Row, SeqId, Token,
        llama::{Llama, LlamaEvaluator, LoadFailed},
    },
    settings::Settings,
};

/// The handle to an embedder's thread. The thread ends when the last handle is gone.
#[derive(Clone)]
pub struct Embedder {
    jobs: mpsc::Sender<Vec<Job>>,
    places: Arc<Semaphore>,
    total: usize,
}

struct Job {
    tokens: Vec<Token>,
    reply: oneshot::Sender<Result<Vec<f32>, String>>,
    _place: Arc<OwnedSemaphorePermit>,
}

impl Embedder {
    /// Starts a thread over the model. Returns once its context stands.
    pub fn start(llama: Arc<Llama>, settings: Settings) -> Result<Self, LoadFailed> {
        let (jobs, inbox) = mpsc::channel();
        let (ready, stands) = mpsc::channel();
        let total = settings.parallel + settings.queue;
        let places = Arc::new(Semaphore::new(total));
        let _ = std::thread::Builder::new().name("embedder".into()).spawn(move || match llama.evaluator(&settings) {
            Ok(evaluator) => {
                let _ = ready.send(Ok(()));
                serve(evaluator, &settings, &inbox);
            }
            Err(error) => drop(ready.send(Err(error))),
        });
        match stands.recv() {
            Ok(Err(error)) => Err(error),
            Ok(Ok(())) | Err(_) => Ok(Self { jobs, places, total }),
        }
    }

    /// The vectors of texts, each at least one token and no longer than the context.
    pub async fn embed(&self, texts: Vec<Vec<Token>>) -> Result<Result<Vec<Vec<f32>>, String>, Refused> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| {
            if self.places.is_closed() {
                Refused::Stopping
            } else {
                Refused::Full { retry_after: std::time::Duration::from_secs(1) }
            }
        })?;
        let place = Arc::new(place);
        let job = |tokens| {
            let (reply, answer) = oneshot::channel();
            (Job { tokens, reply, _place: Arc::clone(&place) }, answer)
        };
        // Together, so that the same texts are always read side by side.
        let (jobs, replies): (Vec<Job>, Vec<_>) = texts.into_iter().map(job).unzip();
        self.jobs.send(jobs).map_err(|_| Refused::Gone)?;
        let mut vectors = Vec::new();
        for reply in replies {
            match reply.await.map_err(|_| Refused::Gone)? {
                Ok(vector) => vectors.push(vector),
                Err(reason) => return Ok(Err(reason)),
            }
        }
        Ok(Ok(vectors))
    }

    /// How many requests run or wait.
    #[must_use]
    pub fn occupied(&self) -> usize {
        self.total.saturating_sub(self.places.available_permits())
    }

    /// Takes no more.
    pub fn stop(&self) {
        self.places.close();
    }
}

fn serve(mut evaluator: LlamaEvaluator<'_>, settings: &Settings, inbox: &mpsc::Receiver<Vec<Job>>) {
    let mut pending: VecDeque<Job> = VecDeque::new();
    loop {
        if pending.is_empty() {
            match inbox.recv() {
                Ok(jobs) => pending.extend(jobs),
                Err(mpsc::RecvError) => return,
            }
        }
        pending.extend(inbox.try_iter().flatten());
        // Nobody waits for these any more.
        pending.retain(|job| !job.reply.is_closed());
        let mut rows = 0;
        let fitting = pending.iter().take(settings.sequences()).take_while(|job| {
            rows += job.tokens.len();
            rows <= settings.batch
        });
        // One text always fits: it is no longer than the context.
        let count = fitting.count().max(1).min(pending.len());
        if count > 0 {
            answer(&mut evaluator, pending.drain(..count).collect());
        }
    }
}

fn answer(evaluator: &mut LlamaEvaluator<'_>, batch: Vec<Job>) {
    let rows: Vec<Row> = (0..).zip(&batch).flat_map(|(seq, job)| text(seq, &job.tokens)).collect();
    evaluator.clear();
    let failed = evaluator.evaluate(&rows).err();
    for (seq, job) in (0..).zip(batch) {
        let vector = match failed {
            Some(failed) => Err(failed.to_string()),
            None => {
                evaluator.embedding(seq).map(<[f32]>::to_vec).ok_or_else(|| "the model gave no embedding".to_string())
            }
        };
        let _ = job.reply.send(vector);
    }
}

fn text(seq: SeqId, tokens: &[Token]) -> impl Iterator<Item = Row> + '_ {
    tokens.iter().enumerate().map(move |(position, token)| Row { token: *token, position, seq, logits: true })
}
