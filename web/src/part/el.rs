//! Elements, made at once.
//!
//! A view is a function that makes elements and says which of them follow the story. One type for every tag:
//! typed views (`view!`) compile to a type and a dozen functions for each piece of the page, which made the
//! program 340 kB; this makes it less than half of that. Signals, effects and their owners are Leptos's.

use leptos::prelude::*;
use leptos::reactive::effect::RenderEffect;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, Event, Node};

/// An element, or a group of them, not yet on the page.
#[derive(Clone)]
pub(crate) struct El(Node);

/// An HTML element.
pub(crate) fn el(tag: &str) -> El {
    let made = document().create_element(tag);
    El(made.map_or_else(|_| document().create_document_fragment().into(), Into::into))
}

/// An SVG element.
pub(crate) fn svg(tag: &str) -> El {
    let made = document().create_element_ns(Some("http://www.w3.org/2000/svg"), tag);
    El(made.map_or_else(|_| document().create_document_fragment().into(), Into::into))
}

/// Elements side by side, without one around them.
pub(crate) fn group() -> El {
    El(document().create_document_fragment().into())
}

impl El {
    /// An element that is on the page already.
    pub(crate) fn of(element: &Element) -> Self {
        Self(element.clone().into())
    }

    /// Gives it a class, or several.
    pub(crate) fn class(self, class: &str) -> Self {
        self.attr("class", class)
    }

    /// Gives it an attribute.
    pub(crate) fn attr(self, name: &str, value: &str) -> Self {
        if let Some(element) = self.element() {
            set(element, name, Some(value));
        }
        self
    }

    /// Gives it an attribute, if there is a value.
    pub(crate) fn attr_if(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.attr(name, value),
            None => self,
        }
    }

    /// Puts something inside, after what is there.
    pub(crate) fn add(self, inside: impl Inside) -> Self {
        inside.put(&self.0);
        self
    }

    /// Does this at each such event, until it leaves the page.
    pub(crate) fn on(self, event: &str, act: impl Fn(Event) + 'static) -> Self {
        listen(&self.0, event, Box::new(act));
        self
    }

    /// Keeps the element itself (attributes, properties) in step with the signals that this reads.
    pub(crate) fn live(self, follow: impl Fn(&Element) + 'static) -> Self {
        if let Some(element) = self.element() {
            keep_in_step(element.clone(), Box::new(follow));
        }
        self
    }

    /// Puts inside what this makes, and makes it again when a signal that it read changes.
    pub(crate) fn slot(self, make: impl Fn() -> El + 'static) -> Self {
        fill(self.0.clone(), Box::new(make));
        self
    }

    /// The node, to put on the page.
    pub(crate) fn node(&self) -> &Node {
        &self.0
    }

    fn element(&self) -> Option<&Element> {
        self.0.dyn_ref()
    }
}

/// Sets an attribute, or takes it away.
pub(crate) fn set(element: &Element, name: &str, value: Option<&str>) {
    // Names are ours and valid.
    let _ = match value {
        Some(value) => element.set_attribute(name, value),
        None => element.remove_attribute(name),
    };
}

/// What can stand inside an element.
pub(crate) trait Inside {
    /// Puts it after what is there.
    fn put(self, parent: &Node);
}

impl Inside for El {
    fn put(self, parent: &Node) {
        let _ = parent.append_child(&self.0);
    }
}

impl Inside for &str {
    fn put(self, parent: &Node) {
        let _ = parent.append_child(&document().create_text_node(self));
    }
}

impl Inside for String {
    fn put(self, parent: &Node) {
        self.as_str().put(parent);
    }
}

impl<T: Inside> Inside for Option<T> {
    fn put(self, parent: &Node) {
        if let Some(inside) = self {
            inside.put(parent);
        }
    }
}

impl<T: Inside> Inside for Vec<T> {
    fn put(self, parent: &Node) {
        for inside in self {
            inside.put(parent);
        }
    }
}

fn listen(node: &Node, event: &str, act: Box<dyn Fn(Event)>) {
    let act = Closure::<dyn Fn(Event)>::wrap(act);
    let _ = node.add_event_listener_with_callback(event, act.as_ref().unchecked_ref());
    // Lives as long as what is being built.
    StoredValue::new_local(act);
}

fn keep_in_step(element: Element, follow: Box<dyn Fn(&Element)>) {
    StoredValue::new_local(RenderEffect::new(move |_: Option<()>| follow(&element)));
}

fn fill(parent: Node, make: Box<dyn Fn() -> El>) {
    let end = document().create_comment("");
    let _ = parent.append_child(&end);
    let effect = RenderEffect::new(move |before: Option<Vec<Node>>| {
        let made = make().0;
        // Where it stands now: a group gives up its children to whoever takes it in.
        let Some(parent) = end.parent_node() else {
            return Vec::new();
        };
        for node in before.into_iter().flatten() {
            let _ = parent.remove_child(&node);
        }
        let nodes = match made.node_type() {
            Node::DOCUMENT_FRAGMENT_NODE => {
                let children = made.child_nodes();
                (0..children.length())
                    .filter_map(|place| children.item(place))
                    .collect()
            }
            _ => vec![made.clone()],
        };
        let _ = parent.insert_before(&made, Some(&end));
        nodes
    });
    StoredValue::new_local(effect);
}
