//! A body, part by part, as large as they have come.
//!
//! The SDK's stream takes what the runtime gives by itself, four kilobytes at a time: a report of a megabyte and a half costs
//! 400 turns of the event loop then, more than to hash it. So this reads into room of its own.

use js_sys::{Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

#[wasm_bindgen]
extern "C" {
    type Stream;

    #[wasm_bindgen(method, catch, js_name = getReader)]
    fn reader(this: &Stream, options: &Object) -> Result<Reader, JsValue>;

    type Reader;

    #[wasm_bindgen(method, catch)]
    fn read(this: &Reader, room: &Uint8Array) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn cancel(this: &Reader) -> Result<Promise, JsValue>;
}

/// Most that is read at once, and that a body holds beside what came of it.
const MOST_AT_ONCE: u32 = 16 << 10;

/// The parts of a body. Whoever reads no further says so by dropping it.
pub(super) struct Parts {
    reader: Reader,
    room: Uint8Array,
    is_over: bool,
}

impl Parts {
    /// Of this stream of bytes, which has so many if that is known.
    ///
    /// # Errors
    /// The platform's, for a stream that somebody reads already.
    pub(super) fn of(stream: JsValue, length: Option<u64>) -> Result<Self, JsValue> {
        let options = Object::new();
        Reflect::set(&options, &"mode".into(), &"byob".into())?;
        let room = length.and_then(|length| u32::try_from(length).ok());
        let room = room.unwrap_or(MOST_AT_ONCE).clamp(1, MOST_AT_ONCE);
        Ok(Self {
            reader: stream.unchecked_into::<Stream>().reader(&options)?,
            room: Uint8Array::new_with_length(room),
            is_over: false,
        })
    }

    /// The next part; nothing after the last.
    ///
    /// # Errors
    /// The platform's, for a body that is cut off.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>, JsValue> {
        let read = JsFuture::from(self.reader.read(&self.room)?).await?;
        if Reflect::get(&read, &"done".into())?.is_truthy() {
            self.is_over = true;
            return Ok(None);
        }
        let part: Uint8Array = Reflect::get(&read, &"value".into())?.unchecked_into();
        // The room came back with it, under another name.
        self.room = Uint8Array::new(&part.buffer());
        Ok(Some(part.to_vec()))
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        if let Ok(cancelled) = self.reader.cancel() {
            spawn_local(async move {
                // The sender may be gone: there is nobody to tell.
                let _: Result<JsValue, JsValue> = JsFuture::from(cancelled).await;
            });
        }
    }
}
