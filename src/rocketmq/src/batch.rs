//! How much each broker takes in one request: some brokers take no batches, and
//! the limit of a message (`maxMessageSize`), which may be set lower than usual,
//! is one for a batch as a whole. Few brokers tell it, so it is found by trying.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tidewire_engine::message;

/// The largest batch of each broker that has refused one; 0 where it takes none.
#[derive(Default)]
pub(crate) struct Batches(Mutex<HashMap<Arc<str>, usize>>);

/// Leading messages that may go out in one request.
pub(crate) struct Part {
    pub(crate) messages: Bytes,
    pub(crate) count: usize,
    /// Whether the broker takes them as a batch as far as is known.
    pub(crate) whole: bool,
}

impl Batches {
    fn known(&self) -> MutexGuard<'_, HashMap<Arc<str>, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What to send next of `rest`, `count` messages.
    pub(crate) fn next(&self, broker: &str, rest: &Bytes, count: usize) -> Part {
        let most = self.known().get(broker).copied().unwrap_or(usize::MAX);
        if rest.len() <= most {
            return Part { messages: rest.clone(), count, whole: true };
        }
        let (mut length, mut taken) = (0, 0);
        for view in message::messages(rest) {
            if taken > 0 && length + view.bytes.len() > most {
                break;
            }
            length += view.bytes.len();
            taken += 1;
        }
        Part { messages: rest.slice(..length.min(rest.len())), count: taken, whole: length <= most }
    }

    /// A broker refused a batch of several messages; smaller ones may do.
    pub(crate) fn refused(&self, broker: &Arc<str>, length: usize) {
        self.known().insert(Arc::clone(broker), length / 2);
    }

    /// A broker refused a batch of one message and took that message alone.
    pub(crate) fn none(&self, broker: &Arc<str>) {
        self.known().insert(Arc::clone(broker), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Messages with bodies of these lengths, in the form of a batch.
    fn batch(bodies: &[usize]) -> Bytes {
        let mut bytes = Vec::new();
        for body in bodies {
            let total = u32::try_from(22 + body).expect("small");
            bytes.extend(total.to_be_bytes());
            bytes.extend([0; 12]);
            bytes.extend((total - 22).to_be_bytes());
            bytes.extend(vec![b'x'; *body]);
            bytes.extend([0, 0]);
        }
        bytes.into()
    }

    #[test]
    fn parts_are_as_large_as_a_broker_took_and_never_empty() {
        let (batches, broker) = (Batches::default(), Arc::<str>::from("b"));
        let all = batch(&[78, 78, 278, 78]);
        let part = batches.next("b", &all, 4);
        assert!(part.whole && part.count == 4);
        batches.refused(&broker, 500);
        let part = batches.next("b", &all, 4);
        assert!((part.count, part.messages.len(), part.whole) == (2, 200, true));
        // A message that is larger than the limit goes alone, and not as a batch.
        let part = batches.next("b", &all.slice(200..), 2);
        assert!((part.count, part.messages.len(), part.whole) == (1, 300, false));
        batches.none(&broker);
        let part = batches.next("b", &all, 4);
        assert!((part.count, part.whole) == (1, false));
    }
}
