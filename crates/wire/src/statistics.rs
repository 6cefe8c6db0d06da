//! The public figures: how many, never who, and nothing small.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

/// What `GET statistics` answers: 200. What is counted is told in `docs/STATISTICS.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// How many did what.
    #[serde(flatten)]
    pub statistics: Statistics,
    /// Days whose keys were destroyed, in order, each with what its key had sealed.
    pub forgotten: Vec<Forgotten>,
}

/// The public figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Statistics {
    /// No smaller count leaves the server.
    pub floor: u64,
    /// No count at all leaves it while fewer people are registered.
    pub people_needed: u64,
    /// The first day that was counted, `YYYY-MM-DD` in UTC as every date here; none yet: `null`.
    pub from: Option<String>,
    /// The last one.
    pub until: Option<String>,
    /// Days between the two whose counts were lost: they add nothing to a period.
    pub missing: Vec<String>,
    /// Every figure, always all of them and in the same order.
    pub figures: Vec<Figure>,
}

/// A day that is forgotten: nothing opens what its key had sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forgotten {
    /// The day.
    pub day: String,
    /// Exposures: who was near whom on that day.
    pub exposures: Range,
    /// Verdicts: whether an account was at risk. Of the national realm nobody can count those of a day.
    pub verdicts: Range,
    /// Figures of that day: one row a registry.
    pub figures: Range,
}

/// How many, between two numbers: the same number twice in a demo realm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// At least.
    pub from: u64,
    /// At most; `null` when nobody can say.
    pub to: Option<u64>,
}

/// One figure over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Figure {
    /// Its name.
    pub name: String,
    /// Its periods without a gap between them, from the first day on; none ever changes.
    pub periods: Vec<Period>,
    /// The first day that no period covers yet, if one was counted.
    pub withheld_since: Option<String>,
}

/// Days counted together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// Its first day.
    pub from: String,
    /// Its last day.
    pub to: String,
    /// How many on these days together: never below the floor.
    pub count: u64,
}

impl Statistics {
    /// `GET statistics.csv`: a line for each period of each figure, under a line of names.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut text = String::from("figure,from,to,count\r\n");
        for Figure { name, periods, .. } in &self.figures {
            for Period { from, to, count } in periods {
                // Writing to a string cannot fail.
                let _ = write!(text, "{name},{from},{to},{count}\r\n");
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shape that `docs/STATISTICS.md` shows.
    #[test]
    fn json_and_csv() {
        let statistics = Statistics {
            floor: 10,
            people_needed: 100,
            from: Some("2020-06-02".to_owned()),
            until: Some("2020-06-04".to_owned()),
            missing: Vec::new(),
            figures: vec![Figure {
                name: "reports".to_owned(),
                periods: vec![Period {
                    from: "2020-06-02".to_owned(),
                    to: "2020-06-03".to_owned(),
                    count: 12,
                }],
                withheld_since: Some("2020-06-04".to_owned()),
            }],
        };
        let published = Published {
            statistics: statistics.clone(),
            forgotten: vec![Forgotten {
                day: "2020-06-02".to_owned(),
                exposures: Range {
                    from: 0,
                    to: Some(999),
                },
                verdicts: Range { from: 0, to: None },
                figures: Range {
                    from: 0,
                    to: Some(999),
                },
            }],
        };
        assert_eq!(
            serde_json::to_string(&published).unwrap(),
            concat!(
                r#"{"floor":10,"peopleNeeded":100,"from":"2020-06-02","until":"2020-06-04","#,
                r#""missing":[],"figures":[{"name":"reports","periods":[{"from":"2020-06-02","#,
                r#""to":"2020-06-03","count":12}],"withheldSince":"2020-06-04"}],"#,
                r#""forgotten":[{"day":"2020-06-02","exposures":{"from":0,"to":999},"#,
                r#""verdicts":{"from":0,"to":null},"figures":{"from":0,"to":999}}]}"#
            )
        );
        assert_eq!(
            statistics.to_csv(),
            "figure,from,to,count\r\nreports,2020-06-02,2020-06-03,12\r\n"
        );
    }
}
