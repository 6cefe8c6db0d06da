//! Between cucumber, where everything is asynchronous and on one thread, and stories, where everything waits.

use core::convert::Infallible;
use core::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use cucumber::World;
use cucumber::step::Context;
use futures::channel::oneshot;

use crate::story::Story;
use crate::words::Words;

/// What a sentence does, or what it claims.
pub(crate) type Act = fn(&mut Story, &Words);

/// Where one scenario is played: its story begins with its first sentence.
#[derive(Default)]
pub(crate) struct Scene(Option<Story>);

impl World for Scene {
    type Error = Infallible;

    async fn new() -> Result<Self, Infallible> {
        Ok(Self::default())
    }
}

impl fmt::Debug for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scene(..)")
    }
}

/// Plays one sentence.
pub(crate) async fn play(scene: &mut Scene, context: Context, act: Act) {
    let words = Words::of(context);
    let story = scene.0.take();
    let (story, outcome) = aside(move || {
        let mut story = story.unwrap_or_else(Story::begin);
        let outcome = catch_unwind(AssertUnwindSafe(|| act(&mut story, &words)));
        (story, outcome)
    })
    .await;
    scene.0 = Some(story);
    if let Err(failure) = outcome {
        resume_unwind(failure);
    }
}

/// Ends the realm: whatever the scenario was, the next one finds room.
pub(crate) async fn end(scene: Option<&mut Scene>) {
    if let Some(story) = scene.and_then(|scene| scene.0.take()) {
        aside(move || story.end()).await;
    }
}

/// Does something that waits on a thread of its own, so that the other scenarios go on.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (tell, told) = oneshot::channel();
    thread::spawn(move || {
        let outcome = catch_unwind(AssertUnwindSafe(work));
        // Nobody listens any more when the whole run was stopped.
        let _ = tell.send(outcome);
    });
    match told.await.expect("an outcome") {
        Ok(done) => done,
        Err(failure) => resume_unwind(failure),
    }
}
