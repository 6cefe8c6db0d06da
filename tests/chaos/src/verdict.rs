//! What was seen, held against what was promised. Nothing here looks at a server or a clock.

use core::fmt;

use crate::plan::{Placed, STEP};

/// Everything that was seen of one server, from outside and in its files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observations {
    /// Everybody, by number.
    pub people: Vec<Somebody>,
    /// Every report, by number.
    pub reports: Vec<Reported>,
    /// Rows of exposure in the registries, by the tag that they bear: how many each has.
    pub rows: Vec<usize>,
    /// Contacts that no registry has acknowledged.
    pub contacts_left: usize,
    /// Words that were not said, and deliveries that registries remember; `None` where they were not waited for.
    pub words_left: Option<usize>,
    /// Sixteen days later: rows that tell of exposures.
    pub rows_left: usize,
    /// Sixteen days later: values that open, as they are stored then or were before.
    pub opens: usize,
    /// What the server wrote.
    pub log: String,
}

/// One person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Somebody {
    /// How they were placed.
    pub placed: Placed,
    /// What they were told at the end.
    pub level: u64,
}

/// One report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reported {
    /// Whom it names, one number per contact.
    pub names: Vec<usize>,
    /// What came back for each of its bodies, in order.
    pub answers: Vec<Vec<Answer>>,
    /// What another body with the same code was answered at the end.
    pub other: u16,
}

/// What came back for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing, or not all of it.
    Cut,
    /// This status code.
    Status(u16),
}

/// A broken promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// So many contacts that were answered 200 are not counted.
    Lost {
        /// Whose.
        person: usize,
        /// How many.
        contacts: usize,
    },
    /// So many contacts are counted again.
    Doubled {
        /// Whose.
        person: usize,
        /// How many.
        contacts: usize,
    },
    /// Rows under a tag that fits nobody who was named.
    Stranger {
        /// How many.
        rows: usize,
    },
    /// Somebody was told what their contacts do not add up to.
    WronglyTold {
        /// Who.
        person: usize,
        /// The risk level.
        level: u64,
    },
    /// Two bodies with one code were accepted.
    CodeUsedTwice {
        /// The report.
        report: usize,
    },
    /// A report was refused that should not have been.
    Refused {
        /// The report.
        report: usize,
        /// The status code.
        status: u16,
    },
    /// A report was answered otherwise than before.
    ChangedItsMind {
        /// The report.
        report: usize,
    },
    /// A report was not accepted however often it was sent.
    NeverAccepted {
        /// The report.
        report: usize,
    },
    /// A used code was answered otherwise than 401.
    Unrefused {
        /// The report.
        report: usize,
        /// The status code.
        status: u16,
    },
    /// Contacts still wait.
    Undelivered {
        /// How many.
        contacts: usize,
    },
    /// Deliveries are still remembered, or words about them still wait.
    Unforgotten {
        /// How many.
        rows: usize,
    },
    /// Sixteen days later rows tell of exposures.
    Kept {
        /// How many.
        rows: usize,
    },
    /// Sixteen days later stored values open, or values that were copied before.
    Opens {
        /// How many.
        values: usize,
    },
    /// The server wrote something down, other than that an object was late.
    Wrote,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl Reported {
    /// Whether any of its bodies was answered 200.
    pub(crate) fn is_accepted(&self) -> bool {
        self.answers.iter().any(|answers| answers.contains(&OK))
    }
}

pub(crate) const OK: Answer = Answer::Status(200);
const USED: Answer = Answer::Status(401);
/// Try again later.
const LATER: Answer = Answer::Status(503);

impl Answer {
    /// Whether the request need not be sent again.
    pub(crate) fn is_final(self) -> bool {
        self != Self::Cut && self != LATER
    }
}

/// Everything that is not as it was promised; nothing when all is well.
#[must_use]
pub fn judge(seen: &Observations) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (report, reported) in seen.reports.iter().enumerate() {
        findings.extend(judge_answers(report, reported));
    }
    findings.extend(judge_rows(seen));
    for (person, somebody) in seen.people.iter().enumerate() {
        let level = somebody.level;
        if level != somebody.placed.level() {
            findings.push(Finding::WronglyTold { person, level });
        }
    }
    if seen.contacts_left > 0 {
        findings.push(Finding::Undelivered {
            contacts: seen.contacts_left,
        });
    }
    if let Some(rows) = seen.words_left.filter(|left| *left > 0) {
        findings.push(Finding::Unforgotten { rows });
    }
    if seen.rows_left > 0 {
        findings.push(Finding::Kept {
            rows: seen.rows_left,
        });
    }
    if seen.opens > 0 {
        findings.push(Finding::Opens { values: seen.opens });
    }
    if seen.log.lines().any(|line| !line.contains(LATE)) {
        findings.push(Finding::Wrote);
    }
    findings
}

/// What the server says when it gives a call up and answers 503, as it should on a machine that is busy.
const LATE: &str = "an object did not answer in time: ";

fn judge_answers(report: usize, reported: &Reported) -> Vec<Finding> {
    let mut findings = Vec::new();
    let accepted = reported.answers.iter().filter(|got| got.contains(&OK));
    match accepted.count() {
        0 => findings.push(Finding::NeverAccepted { report }),
        1 => {}
        _ => findings.push(Finding::CodeUsedTwice { report }),
    }
    let has_rival = reported.answers.len() > 1;
    for got in &reported.answers {
        if got.contains(&OK) && got.contains(&USED) {
            findings.push(Finding::ChangedItsMind { report });
        }
        for answer in got.iter().filter(|answer| answer.is_final()) {
            match *answer {
                OK => {}
                // The rival has used the code, or will turn out to have.
                USED if has_rival => {}
                Answer::Status(status) => findings.push(Finding::Refused { report, status }),
                Answer::Cut => {}
            }
        }
    }
    match reported.other {
        401 => {}
        200 => findings.push(Finding::CodeUsedTwice { report }),
        status => findings.push(Finding::Unrefused { report, status }),
    }
    findings
}

/// Whose rows are whose is told by their number.
fn judge_rows(seen: &Observations) -> Vec<Finding> {
    let mut expected = vec![0_usize; seen.people.len()];
    for reported in seen.reports.iter().filter(|report| report.is_accepted()) {
        for person in &reported.names {
            expected[*person] += 1;
        }
    }
    let mut findings = Vec::new();
    let mut owners = vec![None; seen.people.len()];
    let mut named: Vec<_> = (0..expected.len())
        .filter(|person| expected[*person] > 0)
        .collect();
    named.sort_by_key(|person| expected[*person]);
    let mut tags = seen.rows.clone();
    tags.sort_unstable();
    if tags.len() == named.len() {
        // As many as there should be: the order alone tells, whatever is missing.
        for (person, rows) in named.into_iter().zip(tags) {
            owners[person] = Some(rows);
        }
    } else {
        for rows in tags {
            let nearest = named
                .iter()
                .min_by_key(|person| expected[**person].abs_diff(rows));
            match nearest.filter(|person| expected[**person].abs_diff(rows) <= STEP / 2) {
                Some(&person) if owners[person].is_none() => owners[person] = Some(rows),
                _ => findings.push(Finding::Stranger { rows }),
            }
        }
    }
    for (person, (&due, owned)) in expected.iter().zip(owners).enumerate() {
        let rows = owned.unwrap_or(0);
        if rows < due {
            let contacts = due - rows;
            findings.push(Finding::Lost { person, contacts });
        } else if rows > due {
            let contacts = rows - due;
            findings.push(Finding::Doubled { person, contacts });
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two people, met twenty and twenty-five times, and one who never was; one report has a rival.
    fn well() -> Observations {
        let somebody = |placed: Placed| Somebody {
            placed,
            level: placed.level(),
        };
        let report = |person, contacts, answers: &[&[Answer]]| Reported {
            names: vec![person; contacts],
            answers: answers.iter().map(|answers| answers.to_vec()).collect(),
            other: 401,
        };
        Observations {
            people: [Placed::Calm, Placed::Alerted, Placed::NeverMet]
                .map(somebody)
                .to_vec(),
            reports: vec![
                report(0, 20, &[&[Answer::Cut, LATER, OK, OK]]),
                report(1, 10, &[&[OK]]),
                report(1, 15, &[&[Answer::Cut, OK], &[USED]]),
            ],
            rows: vec![25, 20],
            contacts_left: 0,
            words_left: Some(0),
            rows_left: 0,
            opens: 0,
            log: String::new(),
        }
    }

    #[test]
    fn when_all_is_well_nothing_is_found() {
        assert_eq!(judge(&well()), []);
        let mut late = well();
        late.log = format!("{LATE}safe\n{LATE}intake-0");
        assert_eq!(judge(&late), []);
    }

    #[test]
    fn each_broken_promise_is_named() {
        type Break = fn(&mut Observations);
        let cases: [(Break, &[Finding]); 17] = [
            (
                |seen| seen.rows = vec![17, 12],
                &[
                    Finding::Lost {
                        person: 0,
                        contacts: 8,
                    },
                    Finding::Lost {
                        person: 1,
                        contacts: 8,
                    },
                ],
            ),
            (
                |seen| seen.rows[0] -= 1,
                &[Finding::Lost {
                    person: 1,
                    contacts: 1,
                }],
            ),
            (
                |seen| seen.rows.truncate(1),
                &[Finding::Lost {
                    person: 0,
                    contacts: 20,
                }],
            ),
            (
                |seen| seen.rows[1] += 2,
                &[Finding::Doubled {
                    person: 0,
                    contacts: 2,
                }],
            ),
            (|seen| seen.rows.push(1), &[Finding::Stranger { rows: 1 }]),
            (|seen| seen.rows.push(20), &[Finding::Stranger { rows: 20 }]),
            (
                |seen| seen.people[1].level = 0,
                &[Finding::WronglyTold {
                    person: 1,
                    level: 0,
                }],
            ),
            (
                |seen| seen.people[2].level = 4,
                &[Finding::WronglyTold {
                    person: 2,
                    level: 4,
                }],
            ),
            (
                |seen| seen.reports[2].answers[1].push(OK),
                &[
                    Finding::CodeUsedTwice { report: 2 },
                    Finding::ChangedItsMind { report: 2 },
                ],
            ),
            (
                |seen| seen.reports[1].other = 200,
                &[Finding::CodeUsedTwice { report: 1 }],
            ),
            (
                |seen| seen.reports[1].other = 500,
                &[Finding::Unrefused {
                    report: 1,
                    status: 500,
                }],
            ),
            (
                |seen| seen.reports[0].answers[0].push(USED),
                &[
                    Finding::ChangedItsMind { report: 0 },
                    Finding::Refused {
                        report: 0,
                        status: 401,
                    },
                ],
            ),
            (
                |seen| seen.contacts_left = 3,
                &[Finding::Undelivered { contacts: 3 }],
            ),
            (
                |seen| seen.words_left = Some(2),
                &[Finding::Unforgotten { rows: 2 }],
            ),
            (|seen| seen.rows_left = 4, &[Finding::Kept { rows: 4 }]),
            (|seen| seen.opens = 5, &[Finding::Opens { values: 5 }]),
            (
                |seen| seen.log = format!("{LATE}safe\na line"),
                &[Finding::Wrote],
            ),
        ];
        for (break_it, findings) in cases {
            let mut seen = well();
            break_it(&mut seen);
            assert_eq!(judge(&seen), findings);
        }
    }

    /// Whoever was not accepted is not owed anything, and that alone is what is wrong.
    #[test]
    fn a_report_that_is_never_accepted_is_named() {
        let mut seen = well();
        seen.reports[1].answers = vec![vec![Answer::Cut, LATER]];
        seen.rows[0] -= 10;
        assert_eq!(judge(&seen), [Finding::NeverAccepted { report: 1 }]);
    }
}
