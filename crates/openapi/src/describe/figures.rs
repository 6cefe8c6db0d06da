//! The public figures.

use utoipa::ToSchema;
use wire::statistics;

use super::FIGURES;
use crate::operation::Operation;

pub(super) fn statistics() -> Operation {
    Operation::new(
        "statistics",
        FIGURES,
        "The public figures",
        "Days are merged until each count is at least `floor`; nothing leaves a realm in which fewer than \
         `peopleNeeded` people are registered, and no period ever changes. `forgotten` lists the days whose keys were \
         destroyed, each with what its key had sealed: between two numbers, exactly in a demo realm. What is counted is \
         told in `docs/STATISTICS.md`.",
    )
    .answers::<Statistics>(200, "All of them.", example())
}

pub(super) fn statistics_csv() -> Operation {
    Operation::new(
        "statisticsCsv",
        FIGURES,
        "The public figures, as a table",
        "A line for each period of each figure, under a line of names (RFC 4180).",
    )
    .answers_text(
        200,
        "All of them.",
        "text/csv; charset=utf-8",
        Some(example().statistics.to_csv()),
    )
}

/// What `GET statistics` answers: 200. What is counted is told in `docs/STATISTICS.md`.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
struct Statistics {
    /// No smaller count leaves the server.
    floor: u64,
    /// No count at all leaves it while fewer people are registered.
    people_needed: u64,
    /// The first day that was counted, `YYYY-MM-DD` in UTC as every date here; none yet: `null`.
    #[schema(required = true, format = Date)]
    from: Option<String>,
    /// The last one.
    #[schema(required = true, format = Date)]
    until: Option<String>,
    /// Days between the two whose counts were lost: they add nothing to a period.
    missing: Vec<String>,
    /// Every figure, always all of them and in the same order.
    figures: Vec<Figure>,
    /// Days whose keys were destroyed, in order, each with what its key had sealed.
    forgotten: Vec<Forgotten>,
}

/// A day that is forgotten: nothing opens what its key had sealed.
#[derive(ToSchema)]
struct Forgotten {
    /// The day.
    #[schema(format = Date)]
    day: String,
    /// Exposures: who was near whom on that day.
    exposures: Range,
    /// Verdicts: whether an account was at risk. Of the national realm nobody can count those of a day.
    verdicts: Range,
    /// Figures of that day: one row a registry.
    figures: Range,
}

/// How many, between two numbers: the same number twice in a demo realm.
#[derive(ToSchema)]
struct Range {
    /// At least.
    from: u64,
    /// At most; `null` when nobody can say.
    #[schema(required = true)]
    to: Option<u64>,
}

/// One figure over time.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
struct Figure {
    /// Its name.
    name: String,
    /// Its periods without a gap between them, from the first day on; none ever changes.
    periods: Vec<Period>,
    /// The first day that no period covers yet, if one was counted.
    #[schema(required = true, format = Date)]
    withheld_since: Option<String>,
}

/// Days counted together.
#[derive(ToSchema)]
struct Period {
    /// Its first day.
    #[schema(format = Date)]
    from: String,
    /// Its last day.
    #[schema(format = Date)]
    to: String,
    /// How many on these days together: never below the floor.
    #[schema(minimum = 10)]
    count: u64,
}

fn example() -> statistics::Published {
    let day = |day: u8| format!("2020-06-{day:02}");
    let statistics = statistics::Statistics {
        floor: 10,
        people_needed: 100,
        from: Some(day(2)),
        until: Some(day(4)),
        missing: Vec::new(),
        figures: vec![statistics::Figure {
            name: "reports".to_owned(),
            periods: vec![statistics::Period {
                from: day(2),
                to: day(3),
                count: 12,
            }],
            withheld_since: Some(day(4)),
        }],
    };
    let lowest = statistics::Range {
        from: 0,
        to: Some(999),
    };
    let forgotten = vec![statistics::Forgotten {
        day: day(2),
        exposures: lowest,
        verdicts: statistics::Range { from: 0, to: None },
        figures: lowest,
    }];
    statistics::Published {
        statistics,
        forgotten,
    }
}
