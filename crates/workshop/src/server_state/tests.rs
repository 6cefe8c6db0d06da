use super::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const SYLVIE: &str = "c07732e1fd";
const JUSTIN: &str = "5a1c9e04b7";
const DAY: u32 = 20_780;

fn view(exposures: &str, receipts: &str) -> ServerView {
    let text = format!(
        r#"{{"objects":[
        {{"object":"registry/0","tables":[
          {{"table":"account","columns":[{{"column":"id","item":"2-I-2"}},
            {{"column":"key_for_mac","item":"2-I-1"}},
            {{"column":"key_for_mac (opened)","item":"2-I-1"}}],
           "rows":[["{SYLVIE}","00","11"]]}},
          {{"table":"exposure","columns":[{{"column":"account","item":"2-I-2"}},
            {{"column":"account (opened)","item":"2-I-2"}},
            {{"column":"id","item":"protocol: random, so that rows have no order"}},
            {{"column":"day","item":"protocol: day whose key seals the exposure"}},
            {{"column":"sealed","item":"2-I-7"}},
            {{"column":"sealed (opened)","item":"2-I-7"}}],"rows":[{exposures}]}}]}},
        {{"object":"registry/1","tables":[
          {{"table":"account","columns":[{{"column":"id","item":"2-I-2"}},
            {{"column":"key_for_mac","item":"2-I-1"}},
            {{"column":"key_for_mac (opened)","item":"2-I-1"}}],
           "rows":[["{JUSTIN}","22","33"]]}}]}},
        {{"object":"intake/0","tables":[{{"table":"code","columns":[
            {{"column":"hash","item":"2-I-8"}},
            {{"column":"until","item":"protocol: when the code expires"}}],
           "rows":[["aa",1795000000]]}}]}},
        {{"object":"vault/2026-11-23","tables":[{receipts}]}}]}}"#
    );
    ServerView::of(serde_json::from_str(&text).unwrap())
}

fn exposed() -> ServerView {
    view(
        r#"["7a97","c07732e1fd","01",20780,"ff",{"epoch":9,"score":14.0}]"#,
        r#"{"table":"keys","columns":[{"column":"wrapped","item":"protocol: seals"}],"rows":[["bb"]]}"#,
    )
}

fn forgotten() -> ServerView {
    view(
        "",
        r#"{"table":"receipt","columns":[{"column":"destroyed","item":"protocol: forgotten"}],"rows":[[1796688000]]}"#,
    )
}

#[test]
fn tables_of_the_same_name_are_one() {
    let view = exposed();
    let accounts = view.table("account").unwrap();
    let objects: Vec<_> = accounts
        .rows
        .iter()
        .map(|row| row.object.as_str())
        .collect();
    assert_eq!(objects, ["registry/0", "registry/1"]);
    assert_eq!(view.accounts(), [SYLVIE, JUSTIN]);
    let [id, sealed, opened] = accounts.columns.as_slice() else {
        panic!()
    };
    assert_eq!(
        (id.item, sealed.opened, opened.opened),
        (Some(Item::Identifier), false, true)
    );
    assert_eq!(opened.name, "key_for_mac");
    let day = &view.table("exposure").unwrap().columns[3];
    assert_eq!((day.name.as_str(), day.item), ("day", None));
    assert_eq!(
        day.protocol.as_deref(),
        Some("day whose key seals the exposure")
    );
}

#[test]
fn what_is_opened_is_told_member_by_member() {
    let view = view(
        r#"["7a97","c07732e1fd","01",20780,"ff",{"epoch":9,"score":13.5,"hellos":[{},{}],"x":true,"y":null}]"#,
        "",
    );
    let Cell::Members(members) = &view.table("exposure").unwrap().rows[0].cells[5] else {
        panic!()
    };
    let told: Vec<_> = members
        .iter()
        .map(|(name, cell)| (name.as_str(), cell))
        .collect();
    let expected = [
        ("epoch", &Cell::Integer(9)),
        ("hellos", &Cell::List(2)),
        ("score", &Cell::Real(13.5)),
        ("x", &Cell::Truth(true)),
        ("y", &Cell::Null),
    ];
    assert_eq!(told, expected);
}

#[test]
fn each_row_is_forgotten_when_the_law_says() {
    let view = exposed();
    let of = |table| view.table(table).unwrap().rows[0].forgotten_at;
    let due = article_3::day_key_destroyed_at(Day::from_number(DAY));
    assert_eq!(of("exposure"), Some(due));
    assert_eq!(of("keys"), Some(due), "{}", Day::from_number(DAY));
    assert_eq!(of("code"), Some(Moment::from_unix(1_795_000_000)));
    assert_eq!(of("account"), None, "until the application is uninstalled");
    assert_eq!(
        forgotten().table("receipt").unwrap().rows[0].forgotten_at,
        None
    );
}

#[test]
fn rows_are_labelled_by_account_and_only_those() {
    let mut view = exposed();
    let mut accounts = Each::default();
    *accounts.of_mut(Person::Justin) = Some(JUSTIN.to_owned());
    view.label(&accounts);
    let labels = |table| -> Vec<_> {
        view.table(table)
            .unwrap()
            .rows
            .iter()
            .map(|row| row.label)
            .collect()
    };
    assert_eq!(labels("account"), [None, Some(Person::Justin)]);
    assert_eq!(labels("exposure"), [None]);
    assert_eq!(labels("code"), [None]);
}

#[test]
fn what_is_new_and_what_is_gone() {
    let (mut before, mut after) = (exposed(), forgotten());
    after.mark_fresh(&before);
    let fresh: Vec<_> = after
        .tables
        .iter()
        .map(|table| (&*table.name, table.fresh))
        .collect();
    assert_eq!(
        fresh,
        [("account", 0), ("exposure", 0), ("code", 0), ("receipt", 1)]
    );
    let missing = after.missing_from(&before);
    let gone: Vec<_> = missing.iter().map(|(table, _)| table.as_str()).collect();
    assert_eq!(gone, ["exposure", "keys"]);
    assert_eq!(after.destroyed_days().len(), 1);

    before.mark_fresh(&ServerView::default());
    assert!(
        before
            .tables
            .iter()
            .all(|table| table.fresh == table.rows.len())
    );
    before.unmark_fresh();
    assert!(before.tables.iter().all(|table| table.fresh == 0));
}

#[test]
fn a_changed_account_is_new_but_not_gone() {
    let before = exposed();
    let mut after = exposed();
    after.tables[0].rows[0].cells[1] = Cell::Text("99".to_owned());
    after.mark_fresh(&before);
    assert_eq!(after.tables[0].fresh, 1);
    assert_eq!(after.missing_from(&before), []);
}

/// A registry that an older release wrote to has an `outbox` for a while, of another kind than an intake's.
#[test]
fn tables_of_one_name_and_other_columns_are_two() {
    let state = |asked: u8| {
        let text = format!(
            r#"{{"objects":[
            {{"object":"registry/0","tables":[{{"table":"outbox","columns":[
              {{"column":"day","item":"protocol: day"}},{{"column":"sealed","item":"protocol: one"}}],
             "rows":[[{DAY},"a{asked}"]]}}]}},
            {{"object":"intake/0","tables":[{{"table":"outbox","columns":[
              {{"column":"day","item":"protocol: day"}},{{"column":"reports","item":"protocol: other"}}],
             "rows":[[{DAY},1]]}}]}}]}}"#
        );
        ServerView::of(serde_json::from_str(&text).unwrap())
    };
    let (before, mut after) = (state(1), state(2));
    assert_eq!(after.tables.len(), 2);
    after.mark_fresh(&before);
    let fresh = after.tables.iter().map(|table| table.fresh);
    assert_eq!(fresh.collect::<Vec<_>>(), [1, 0]);
    assert!(
        after
            .missing_from(&before)
            .iter()
            .all(|(_, row)| row.object == "registry/0")
    );
}
