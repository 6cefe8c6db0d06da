//! A table that becomes one block per row on a narrow screen, and stays a table for a screen reader.

use leptos::prelude::*;

/// A row: its cells, the first of which names it.
pub(crate) struct TableRow {
    /// One view per column.
    pub(crate) cells: Vec<AnyView>,
    /// New since the last decision.
    pub(crate) fresh: bool,
    /// The one to look at now.
    pub(crate) chosen: Signal<bool>,
}

/// Roles are explicit: the narrow layout changes `display`, which would drop them.
#[component]
pub(crate) fn DataTable(
    /// What the table is.
    caption: AnyView,
    /// Heads, also shown before each cell on a narrow screen.
    heads: Vec<(String, AnyView)>,
    /// The rows.
    rows: Vec<TableRow>,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let labels: Vec<String> = heads.iter().map(|(label, _)| label.clone()).collect();
    let heads = heads
        .into_iter()
        .map(|(_, head)| view! { <th role="columnheader" scope="col">{head}</th> })
        .collect_view();
    let rows = rows.into_iter().map(|row| body_row(&labels, row)).collect_view();
    view! {
        <table role="table" class=format!("data stackable {class}")>
            <caption>{caption}</caption>
            <thead role="rowgroup"><tr role="row">{heads}</tr></thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
}

fn body_row(labels: &[String], row: TableRow) -> impl IntoView + use<> {
    let cells = labels
        .iter()
        .cloned()
        .zip(row.cells)
        .enumerate()
        .map(|(place, (label, cell))| {
            if place == 0 {
                view! { <th role="rowheader" scope="row" data-label=label>{cell}</th> }.into_any()
            } else {
                view! { <td role="cell" data-label=label>{cell}</td> }.into_any()
            }
        })
        .collect_view();
    let chosen = row.chosen;
    view! {
        <tr role="row" class:new=row.fresh data-on=move || chosen.get().then_some("")>{cells}</tr>
    }
}
