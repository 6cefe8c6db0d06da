//! Lists drawn from a seed until one fails, which is then shrunk.

use core::cell::{Cell, RefCell};
use core::fmt;
use std::path::Path;

use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};

use crate::world::World;
use crate::{Finding, Plant, Step, Tally, cases};

/// A list of operations that breaks an invariant, as short as it was found.
#[derive(Clone, Debug)]
pub struct Caught {
    /// The list.
    pub steps: Vec<Step>,
    /// What is wrong.
    pub why: String,
    /// The number of the list that failed first, from 1.
    pub number: u32,
    /// Operations in that list, before it was shrunk.
    pub drawn: usize,
}

impl fmt::Display for Caught {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            steps,
            why,
            number,
            drawn,
        } = self;
        writeln!(formatter, "{why}")?;
        let left = steps.len();
        writeln!(
            formatter,
            "list {number}, {left} operations left of {drawn}:"
        )?;
        for step in steps {
            writeln!(formatter, "    {step:?}")?;
        }
        Ok(())
    }
}

/// Most lists tried while shrinking one.
const MOST_SHRINKS: u32 = 120;

/// Executes one list, and checks what must be true at the end of each.
///
/// # Errors
/// What is wrong, if something is.
pub fn run(steps: &[Step], plant: Option<Plant>, folder: Option<&Path>) -> Result<Tally, Finding> {
    let mut world = World::new(plant, folder)?;
    for step in steps {
        world.execute(*step)?;
    }
    world.finish()
}

/// Draws and executes so many lists.
///
/// # Errors
/// The first that fails, shrunk.
pub fn hunt(seed: u64, number: u32, plant: Option<Plant>) -> Result<Tally, Box<Caught>> {
    search(seed, number, plant, MOST_SHRINKS).map_err(|mut caught| {
        (caught.steps, caught.why) = shorten(caught.steps, caught.why, plant);
        caught
    })
}

/// The same, in haste: the first that fails, as it was drawn.
///
/// # Errors
/// The first that fails.
pub fn find(seed: u64, number: u32, plant: Option<Plant>) -> Result<Tally, Box<Caught>> {
    search(seed, number, plant, 0)
}

fn search(
    seed: u64,
    number: u32,
    plant: Option<Plant>,
    shrinks: u32,
) -> Result<Tally, Box<Caught>> {
    let mut runner = TestRunner::new(Config {
        cases: number,
        failure_persistence: None,
        max_shrink_iters: shrinks,
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    });
    let (tried, drawn) = (Cell::new(0), Cell::new(None));
    let tally = RefCell::new(Tally::default());
    let outcome = runner.run(&cases(), |steps| {
        if drawn.get().is_none() {
            tried.set(tried.get() + 1);
        }
        match run(&steps, plant, None) {
            Ok(one) => {
                tally.borrow_mut().add(&one);
                Ok(())
            }
            Err(finding) => {
                drawn.set(drawn.get().or(Some(steps.len())));
                Err(TestCaseError::fail(finding.to_string()))
            }
        }
    });
    let (steps, why) = match outcome {
        Ok(()) => return Ok(tally.into_inner()),
        Err(TestError::Fail(why, steps)) => (steps, why),
        Err(TestError::Abort(why)) => (Vec::new(), why),
    };
    let why = why.to_string();
    Err(Box::new(Caught {
        steps,
        why,
        number: tried.get(),
        drawn: drawn.get().unwrap_or_default(),
    }))
}

/// proptest tries once to leave each operation out. One that was needed then may not be any more, or only together with
/// the next.
fn shorten(mut steps: Vec<Step>, mut why: String, plant: Option<Plant>) -> (Vec<Step>, String) {
    loop {
        let before = steps.len();
        for width in [1, 2] {
            let mut at = 0;
            while at + width <= steps.len() {
                let mut fewer = steps.clone();
                fewer.drain(at..at + width);
                match run(&fewer, plant, None) {
                    Ok(_) => at += 1,
                    Err(finding) => (steps, why) = (fewer, finding.to_string()),
                }
            }
        }
        if steps.len() == before {
            return (steps, why);
        }
    }
}
