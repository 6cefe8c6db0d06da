//! The objects themselves: made when they are called, on storage that outlives them.

use std::rc::Rc;

use objects::{
    ClassName, Demo, Desk, Gate, Intake, Object as _, Registry, Safe, Secrets, Tally, Timekeeper,
    Vault, receive,
};
use store::Native;

use super::port::{SimHost, SimPort};
use super::storage::Storage;
use super::task::{Name, Work};
use super::{Kernel, Plant};
use crate::Finding;
use crate::faulty::Faulty;

/// An object: what it stores, and itself while it is in memory.
pub(super) struct Object {
    pub(super) storage: Rc<Storage>,
    instance: Option<Instance>,
}

impl Object {
    /// It is in memory no more.
    pub(super) const fn forget(&mut self) -> Option<Instance> {
        self.instance.take()
    }
}

/// An object in memory.
#[derive(Clone)]
pub(super) enum Instance {
    Registry(Rc<Registry<SimPort>>),
    Intake(Rc<Intake<SimPort>>),
    Vault(Rc<Vault<SimPort>>),
    Safe(Rc<Safe<SimPort>>),
    Tally(Rc<Tally<SimPort>>),
    Desk(Rc<Desk<SimPort>>),
    Realm(Rc<Demo<SimPort>>),
    Gate(Rc<Gate<SimPort>>),
    Timekeeper(Rc<Timekeeper<SimPort>>),
    Secrets(Rc<Secrets<SimPort>>),
}

impl Instance {
    fn new(port: SimPort) -> Self {
        match port.name.class {
            ClassName::Registry => Self::Registry(Rc::new(Registry::new(port))),
            ClassName::Intake => Self::Intake(Rc::new(Intake::new(port))),
            ClassName::Vault => Self::Vault(Rc::new(Vault::new(port))),
            ClassName::Safe => Self::Safe(Rc::new(Safe::new(port))),
            ClassName::Tally => Self::Tally(Rc::new(Tally::new(port))),
            ClassName::Desk => Self::Desk(Rc::new(Desk::new(port))),
            ClassName::Realm => Self::Realm(Rc::new(Demo::new(port))),
            ClassName::Gate => Self::Gate(Rc::new(Gate::new(port))),
            ClassName::Timekeeper => Self::Timekeeper(Rc::new(Timekeeper::new(port))),
            ClassName::Secrets => Self::Secrets(Rc::new(Secrets::new(port))),
        }
    }

    /// Answers a letter.
    pub(super) fn receive(self, letter: Vec<u8>) -> Work {
        match self {
            Self::Registry(object) => Box::pin(async move { receive(&*object, &letter).await }),
            Self::Intake(object) => Box::pin(async move { receive(&*object, &letter).await }),
            Self::Vault(object) => Box::pin(async move { receive(&*object, &letter).await }),
            Self::Safe(object) => Box::pin(async move { receive(&*object, &letter).await }),
            Self::Tally(object) => Box::pin(async move { receive(&*object, &letter).await }),
            Self::Desk(object) => Box::pin(async move { receive(&*object, &letter).await }),
            Self::Realm(object) => Box::pin(async move { receive(&*object, &letter).await }),
            Self::Gate(object) => Box::pin(async move { receive(&*object, &letter).await }),
            Self::Timekeeper(object) => Box::pin(async move { receive(&*object, &letter).await }),
            Self::Secrets(object) => Box::pin(async move { receive(&*object, &letter).await }),
        }
    }

    /// Does what is due at its alarm.
    pub(super) fn ring(self) -> Work {
        Box::pin(async move {
            match self {
                Self::Registry(object) => object.ring().await,
                Self::Intake(object) => object.ring().await,
                Self::Vault(object) => object.ring().await,
                Self::Safe(object) => object.ring().await,
                Self::Tally(object) => object.ring().await,
                Self::Desk(object) => object.ring().await,
                Self::Realm(object) => object.ring().await,
                Self::Gate(object) => object.ring().await,
                Self::Timekeeper(object) => object.ring().await,
                Self::Secrets(object) => object.ring().await,
            }
            Vec::new()
        })
    }
}

impl Kernel {
    /// The object of this name, in memory.
    pub(super) fn open(self: &Rc<Self>, name: &Name) -> Result<Instance, Finding> {
        let found = self
            .state
            .borrow()
            .objects
            .get(name)
            .and_then(|object| object.instance.clone());
        if let Some(instance) = found {
            return Ok(instance);
        }
        let instance = self.make(name)?;
        if let Some(object) = self.state.borrow_mut().objects.get_mut(name) {
            object.instance = Some(instance.clone());
        }
        Ok(instance)
    }

    /// The same for an alarm. A planted fault keeps what an object remembers from its alarm.
    pub(super) fn open_for_alarm(self: &Rc<Self>, name: &Name) -> Result<Instance, Finding> {
        if self.plant == Some(Plant::NoLease) && name.class == ClassName::Intake {
            return self.make(name);
        }
        self.open(name)
    }

    fn make(self: &Rc<Self>, name: &Name) -> Result<Instance, Finding> {
        if self.storage(name).is_none() {
            self.reopen(name)?;
        }
        let storage = self.storage(name);
        let storage = storage.ok_or_else(|| Finding::new("an object has no storage"))?;
        Ok(Instance::new(SimPort {
            host: SimHost {
                kernel: Rc::clone(self),
                memory: self.memory(),
            },
            name: name.clone(),
            storage,
        }))
    }

    /// The marks of the transit keys that an intake remembers.
    pub(crate) fn remembered_transits(&self, intake: &Name) -> Vec<[u8; 16]> {
        let state = self.state.borrow();
        let object = state.objects.get(intake);
        match object.and_then(|object| object.instance.as_ref()) {
            Some(Instance::Intake(intake)) => intake.remembered_transits(),
            _ => Vec::new(),
        }
    }

    /// What the object of this name stores, if it was ever called.
    pub(crate) fn storage(&self, name: &Name) -> Option<Rc<Storage>> {
        let state = self.state.borrow();
        state
            .objects
            .get(name)
            .map(|object| Rc::clone(&object.storage))
    }

    /// Every object of this class that was ever called, and what it stores.
    pub(crate) fn all(&self, class: ClassName) -> Vec<(String, Rc<Storage>)> {
        let state = self.state.borrow();
        let of = state.objects.iter().filter(|(name, _)| name.class == class);
        of.map(|(name, object)| (name.name.clone(), Rc::clone(&object.storage)))
            .collect()
    }

    /// Opens the storage of an object: files are opened again.
    pub(crate) fn reopen(&self, name: &Name) -> Result<(), Finding> {
        let before = self.storage(name);
        let has_sql = !matches!(
            name.class,
            ClassName::Vault | ClassName::Safe | ClassName::Timekeeper | ClassName::Secrets
        );
        if !has_sql && before.is_some() {
            return Ok(());
        }
        let engine = match (&self.folder, has_sql) {
            (_, false) => None,
            (None, true) => Some(Native::in_memory().map_err(Finding::of)?),
            (Some(folder), true) => {
                let file = format!("{}.sqlite", name.name.replace('/', "-"));
                Some(Native::open(&folder.join(file)).map_err(Finding::of)?)
            }
        };
        let sql = Faulty::new(engine);
        sql.plan(before.and_then(|before| before.sql.planned()));
        let storage = Rc::new(Storage::new(sql));
        let object = Object {
            storage,
            instance: None,
        };
        let replaced = self.state.borrow_mut().objects.insert(name.clone(), object);
        drop(replaced);
        Ok(())
    }
}
