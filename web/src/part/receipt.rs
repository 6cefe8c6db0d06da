//! What comes out of the glass when a day is forgotten.

use leptos::prelude::*;

use super::Icon;

/// A torn slip that stays.
#[component]
pub(crate) fn Receipt(title: String, text: String, law: String) -> impl IntoView {
    view! {
        <li class="receipt-w"><div class="receipt">
            <p><strong>{title}</strong></p>
            <p class="small">{text}</p>
            <p class="small"><Icon name="check"/>{law}</p>
        </div></li>
    }
}
