//! The engine against the scripted model: what it says, how it shares, whom it stops for.

use std::{convert::Infallible, sync::Mutex};

use super::*;
use crate::model::SeqId;
use crate::model::scripted::{Likeliest, Player, Script};

fn limits() -> Limits {
    Limits {
        parallel: 4,
        queue: 8,
        context: 512,
        cells: 2048,
        sequences: 12,
        step: 64,
        prefill_budget: None,
        cached: 1024,
        apart: false,
    }
}

/// An engine, and what its evaluator looked like when it ended.
struct Stage {
    engine: Option<Engine>,
    ended: mpsc::Receiver<Player>,
    model: Arc<Script>,
}

impl Stage {
    fn new(limits: Limits) -> Self {
        let model = Script::new();
        let (end, ended) = mpsc::channel();
        let end = Mutex::new(end);
        let run = move |serve: &mut dyn FnMut(&mut dyn Evaluator)| -> Result<(), Infallible> {
            let mut player = Player::new(limits.cells);
            serve(&mut player);
            let _ = end.lock().unwrap().send(player);
            Ok(())
        };
        let engine =
            Engine::start(Arc::clone(&model) as Arc<dyn Model>, limits, stats::Metrics::default().of("script"), run)
                .unwrap();
        Self { engine: Some(engine), ended, model }
    }

    fn request(&self, prompt: &str) -> Request {
        Request {
            prompt: self.model.tokenize(prompt, true, true),
            max_tokens: 100,
            stop: Vec::new(),
            sampler: Box::new(Likeliest),
            logprobs: None,
            markup: false,
            progress: false,
            reuse: true,
        }
    }

    fn submit(&self, request: Request) -> Result<Answer, Refused> {
        self.engine.as_ref().unwrap().submit(request)
    }

    fn ask(&self, prompt: &str) -> Answer {
        self.submit(self.request(prompt)).unwrap()
    }

    fn player(mut self) -> Player {
        self.engine = None;
        self.ended.recv().unwrap()
    }
}

async fn listen(answer: &mut Answer) -> (String, Done, usize) {
    let (mut text, mut remembered) = (String::new(), 0);
    loop {
        match answer.next().await.expect("the engine lives") {
            Event::Started { cached, .. } => remembered = cached,
            Event::Read(_) => {}
            Event::Text(chunk) => text.push_str(&chunk.text),
            Event::Done(done) => {
                text.push_str(&done.rest.text);
                return (text, done, remembered);
            }
        }
    }
}

#[tokio::test]
async fn an_answer_ends_where_the_model_ends_it() {
    let stage = Stage::new(limits());
    let (text, done, _) = listen(&mut stage.ask("say <hello>")).await;
    assert_eq!((text.as_str(), done.finish, done.tokens), ("hello", Finish::Stop(None), 6));
}

#[tokio::test]
async fn an_answer_ends_at_its_limit() {
    let stage = Stage::new(limits());
    let mut request = stage.request("say <ab*>");
    request.max_tokens = 5;
    let (text, done, _) = listen(&mut stage.submit(request).unwrap()).await;
    assert_eq!((text.as_str(), done.finish, done.tokens), ("ababa", Finish::Length, 5));
}

#[tokio::test]
async fn a_stop_string_ends_an_answer_and_is_not_part_of_it() {
    let stage = Stage::new(limits());
    let mut request = stage.request("say <one two three>");
    request.stop = vec![" th".into()];
    let (text, done, _) = listen(&mut stage.submit(request).unwrap()).await;
    assert_eq!((text.as_str(), done.finish), ("one two", Finish::Stop(Some(" th".into()))));
}

#[tokio::test]
async fn twelve_requests_at_once_each_get_their_own_answer() {
    let stage = Stage::new(limits());
    let mut answers: Vec<Answer> =
        (0..12).map(|n| stage.ask(&format!("{} <answer {n}>", "x".repeat(n * 20)))).collect();
    for (n, answer) in answers.iter_mut().enumerate() {
        assert_eq!(listen(answer).await.0, format!("answer {n}"));
    }
}

#[tokio::test]
async fn one_request_too_many_is_refused_and_a_place_that_is_given_up_can_be_taken() {
    let stage = Stage::new(limits());
    let mut answers: Vec<Answer> = (0..12).map(|_| stage.ask("say <a*>")).collect();
    assert!(matches!(stage.submit(stage.request("say <b>")), Err(Refused::Full { .. })));
    drop(answers.pop());
    drop(answers);
    let answer = loop {
        if let Ok(answer) = stage.submit(stage.request("say <b>")) {
            break answer;
        }
        tokio::task::yield_now().await;
    };
    let mut answer = answer;
    assert_eq!(listen(&mut answer).await.0, "b");
}

#[tokio::test]
async fn a_prompt_that_starts_like_an_earlier_one_is_not_read_again() {
    let stage = Stage::new(limits());
    let start = "a long beginning that both have ".repeat(4);
    let (_, _, cold) = listen(&mut stage.ask(&format!("{start}<one>"))).await;
    let (text, _, warm) = listen(&mut stage.ask(&format!("{start}<two>"))).await;
    assert_eq!((cold, text.as_str(), warm), (0, "two", start.len() + 1));
}

#[tokio::test]
async fn a_conversation_goes_on_where_it_ended() {
    let stage = Stage::new(limits());
    let first = format!("{}<hello>", "x".repeat(40));
    listen(&mut stage.ask(&first)).await;
    let (_, _, warm) = listen(&mut stage.ask(&format!("{first}hello and more"))).await;
    assert_eq!(warm, first.len() + "hello".len());
}

#[tokio::test]
async fn requests_that_start_alike_and_come_together_read_the_start_once() {
    let stage = Stage::new(limits());
    let start = "s".repeat(300);
    let mut answers: Vec<Answer> = (0..4).map(|n| stage.ask(&format!("{start}<{n}>"))).collect();
    let mut remembered = 0;
    for (n, answer) in answers.iter_mut().enumerate() {
        let (text, _, cached) = listen(answer).await;
        assert_eq!(text, n.to_string());
        remembered += cached;
    }
    assert!(remembered >= 3 * 300, "{remembered}");
}

#[tokio::test]
async fn a_request_that_wants_no_memory_gets_none() {
    let stage = Stage::new(limits());
    let prompt = format!("{}<one>", "x".repeat(100));
    listen(&mut stage.ask(&prompt)).await;
    let mut request = stage.request(&prompt);
    request.reuse = false;
    assert_eq!(listen(&mut stage.submit(request).unwrap()).await.2, 0);
}

#[tokio::test]
async fn a_reader_who_does_not_read_holds_up_nobody_and_loses_nothing() {
    let stage = Stage::new(limits());
    let mut slow = stage.submit(Request { max_tokens: 300, ..stage.request("say <ab*>") }).unwrap();
    for _ in 0..20 {
        assert_eq!(listen(&mut stage.ask("say <quick>")).await.0, "quick");
    }
    let (text, done, _) = listen(&mut slow).await;
    assert_eq!((text, done.tokens), ("ab".repeat(150), 300));
}

#[tokio::test]
async fn nothing_is_left_running_when_every_reader_has_left() {
    let stage = Stage::new(limits());
    let answers: Vec<Answer> = (0..12).map(|_| stage.ask("say <a*>")).collect();
    drop(answers);
    let engine = stage.engine.as_ref().unwrap();
    while engine.occupied() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(stage.player().sequences.values().filter(|tokens| tokens.len() > 300).count(), 0);
}

#[tokio::test]
async fn a_crowded_memory_never_fails_a_request() {
    let stage = Stage::new(Limits { cells: 400, context: 200, cached: 400, ..limits() });
    for round in 0..10 {
        let prompts: Vec<String> = (0..4).map(|n| format!("{round}{n}{}<answer {n}>", "y".repeat(60 + n))).collect();
        let mut answers: Vec<Answer> = prompts.iter().map(|prompt| stage.ask(prompt)).collect();
        for (n, answer) in answers.iter_mut().enumerate() {
            let (text, done, _) = listen(answer).await;
            assert_eq!((text, done.finish), (format!("answer {n}"), Finish::Stop(None)));
        }
    }
}

#[tokio::test]
async fn a_long_prompt_is_read_in_bites_while_another_answers() {
    let stage = Stage::new(Limits { prefill_budget: Some(16), ..limits() });
    let mut talker = stage.submit(Request { max_tokens: 400, ..stage.request("say <ab*>") }).unwrap();
    while !matches!(talker.next().await, Some(Event::Text(_))) {}
    let mut long = stage.ask(&format!("{}<done>", "z".repeat(380)));
    let reader = tokio::spawn(async move { listen(&mut talker).await.1.tokens });
    assert_eq!(listen(&mut long).await.0, "done");
    assert_eq!(reader.await.unwrap(), 400);
    drop(long);
    let steps = stage.player().steps;
    assert!(steps.iter().filter(|rows| **rows == 17).count() >= 20, "{steps:?}");
    assert!(steps.iter().all(|rows| *rows <= 17), "{steps:?}");
}

/// All these requests at once, and the order in which their prompts were read to the end, by their places in `prompts`.
fn order_of(prompts: &[String], limits: Limits) -> Vec<SeqId> {
    let stage = Stage::new(limits);
    let (commands, inbox) = mpsc::channel();
    let places = Arc::new(Semaphore::new(prompts.len()));
    let answers: Vec<Answer> = prompts
        .iter()
        .map(|prompt| {
            let (outbox, answer) = channel::pair(Box::new(|| {}));
            let place = Arc::clone(&places).try_acquire_owned().unwrap();
            let request = Request { reuse: false, ..stage.request(prompt) };
            commands.send(Command::Run(Box::new(Job { request, outbox, place }))).unwrap();
            answer
        })
        .collect();
    drop(commands);
    let mut player = Player::new(limits.cells);
    let model = Arc::clone(&stage.model) as Arc<dyn Model>;
    Scheduler::new(&mut player, model, limits, Arc::new(stats::Metrics::default().of("script"))).run(&inbox);
    drop(answers);
    player.read
}

#[test]
fn a_short_prompt_overtakes_a_long_one_and_does_not_starve_it() {
    let long = format!("{}<done>", "z".repeat(380));
    let short = |n: usize| format!("say <quick {n}>");
    let prompts: Vec<String> = [long].into_iter().chain((0..20).map(short)).collect();
    let order = order_of(&prompts[..2], limits());
    assert_eq!(order, [1, 0]);
    // Two run at once: all short ones have to pass through one place.
    let order = order_of(&prompts, Limits { parallel: 2, ..limits() });
    let place = order.iter().position(|seq| *seq == 0).unwrap();
    assert!((1..20).contains(&place), "{order:?}");
}

#[tokio::test]
async fn a_cut_engine_tells_each_reader_and_takes_no_more() {
    let stage = Stage::new(limits());
    let mut answers: Vec<Answer> = (0..6).map(|_| stage.ask("say <a*>")).collect();
    let engine = stage.engine.clone().unwrap();
    engine.stop();
    engine.cut();
    for answer in &mut answers {
        let finish = listen(answer).await.1.finish;
        assert!(matches!(finish, Finish::Cut | Finish::Length), "{finish:?}");
    }
    assert_eq!(stage.submit(stage.request("say <b>")).err(), Some(Refused::Stopping));
}

/// As many memories as run side by side, and one more.
fn apart() -> Limits {
    Limits { cells: 5 * 512, sequences: 5, cached: usize::MAX, apart: true, ..limits() }
}

#[tokio::test]
async fn apart_what_follows_an_ended_request_takes_its_memory_over() {
    let stage = Stage::new(apart());
    let start = "a long beginning that both have ".repeat(4);
    for round in 0..6 {
        let (text, _, cached) = listen(&mut stage.ask(&format!("{start}<{round}>"))).await;
        assert_eq!(text, round.to_string());
        assert_eq!(cached, if round == 0 { 0 } else { start.len() + 1 });
    }
    let player = stage.player();
    assert_eq!((player.shared, player.sequences.len()), (0, 1));
}

#[tokio::test]
async fn apart_a_start_is_copied_where_much_would_be_lost_or_its_owner_runs() {
    let stage = Stage::new(apart());
    let start = "s".repeat(100);
    let long = format!("{start}{}<one>", "t".repeat(200));
    listen(&mut stage.ask(&long)).await;
    let (_, _, cached) = listen(&mut stage.ask(&format!("{start}<two>"))).await;
    assert_eq!(cached, 100);
    let (_, _, kept) = listen(&mut stage.ask(&long)).await;
    assert_eq!(kept, long.len() - 1, "the first request's memory was left alone");

    let mut endless = stage.ask(&format!("{}<a*>", "r".repeat(100)));
    while !matches!(endless.next().await, Some(Event::Text(_))) {}
    let (_, _, cached) = listen(&mut stage.ask(&format!("{}<b>", "r".repeat(100)))).await;
    assert_eq!(cached, 101);
    drop(endless);
    assert_eq!(stage.player().shared, 2);
}

#[tokio::test]
async fn apart_a_crowd_of_unlike_requests_is_answered_and_forgets_the_stalest() {
    let stage = Stage::new(apart());
    for round in 0..5 {
        let prompts: Vec<String> =
            (0..8).map(|n| format!("{}<answer {n}>", format!("{round}{n}").repeat(60))).collect();
        let mut answers: Vec<Answer> = prompts.iter().map(|prompt| stage.ask(prompt)).collect();
        for (n, answer) in answers.iter_mut().enumerate() {
            let (text, done, _) = listen(answer).await;
            assert_eq!((text, done.finish), (format!("answer {n}"), Finish::Stop(None)));
        }
    }
    let (_, _, cached) = listen(&mut stage.ask(&format!("{}<answer 7>", "47".repeat(60)))).await;
    assert!(cached > 100, "the last is remembered");
    assert!(stage.player().sequences.len() <= 5);
}

#[tokio::test]
async fn how_far_a_prompt_is_read_is_said_when_asked_for() {
    let stage = Stage::new(limits());
    let prompt = format!("{}<x>", "p".repeat(297));
    let mut answer = stage.submit(Request { progress: true, ..stage.request(&prompt) }).unwrap();
    let mut said = Vec::new();
    while let Some(event) = answer.next().await {
        if let Event::Read(tokens) = event {
            said.push(tokens);
        }
    }
    assert!(said.len() >= 5 && said.is_sorted(), "{said:?}");
    assert_eq!(said.last(), Some(&300));
}
