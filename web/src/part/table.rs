//! A table that becomes one block per row on a narrow screen, and stays a table for a screen reader.

use super::el::{El, el};

/// A row: its cells, the first of which names it.
pub(crate) struct TableRow {
    /// One per column.
    pub(crate) cells: Vec<El>,
    /// New since the last decision.
    pub(crate) fresh: bool,
}

/// Roles are explicit: the narrow layout changes `display`, which would drop them. A head is its words, also
/// shown before each cell on a narrow screen, and what stands after them.
pub(crate) fn data_table(
    class: &str,
    caption: El,
    heads: Vec<(String, Option<El>)>,
    rows: Vec<TableRow>,
) -> El {
    let head = |(label, after): &(String, Option<El>)| {
        el("th")
            .attr("role", "columnheader")
            .attr("scope", "col")
            .add(label.as_str())
            .add(after.clone())
    };
    let columns: Vec<El> = heads.iter().map(head).collect();
    let rows: Vec<El> = rows.into_iter().map(|row| body_row(&heads, row)).collect();
    el("table")
        .attr("role", "table")
        .class(&format!("data stackable {class}"))
        .add(el("caption").add(caption))
        .add(
            el("thead")
                .attr("role", "rowgroup")
                .add(el("tr").attr("role", "row").add(columns)),
        )
        .add(el("tbody").attr("role", "rowgroup").add(rows))
}

fn body_row(heads: &[(String, Option<El>)], row: TableRow) -> El {
    let mut line = el("tr").attr("role", "row");
    if row.fresh {
        line = line.class("new");
    }
    for (place, ((label, _), inside)) in heads.iter().zip(row.cells).enumerate() {
        let cell = match place {
            0 => el("th").attr("role", "rowheader").attr("scope", "row"),
            _ => el("td").attr("role", "cell"),
        };
        line = line.add(cell.attr("data-label", label).add(inside));
    }
    line
}
