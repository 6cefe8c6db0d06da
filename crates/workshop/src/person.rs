//! The three people of the press kit.

/// A person of the story, in the order in which the page shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Person {
    /// Meets the two others.
    Sylvie,
    /// Meets the two others.
    Justin,
    /// Meets the two others, then tests positive.
    Johanna,
}

impl Person {
    /// The three, in order.
    pub const ALL: [Self; 3] = [Self::Sylvie, Self::Justin, Self::Johanna];

    /// Place in [`Person::ALL`], 0 to 2.
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

/// One value for each of the three.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Each<T>([T; 3]);

impl<T> Each<T> {
    /// Made for each person in turn.
    pub(crate) fn new(make: impl FnMut(Person) -> T) -> Self {
        Self(Person::ALL.map(make))
    }

    /// This person's.
    pub const fn of(&self, person: Person) -> &T {
        let [sylvie, justin, johanna] = &self.0;
        match person {
            Person::Sylvie => sylvie,
            Person::Justin => justin,
            Person::Johanna => johanna,
        }
    }

    /// This person's, to change.
    pub(crate) const fn of_mut(&mut self, person: Person) -> &mut T {
        let [sylvie, justin, johanna] = &mut self.0;
        match person {
            Person::Sylvie => sylvie,
            Person::Justin => justin,
            Person::Johanna => johanna,
        }
    }

    /// Each with its person.
    pub fn iter(&self) -> impl Iterator<Item = (Person, &T)> {
        Person::ALL.into_iter().zip(&self.0)
    }

    /// Each with its person, to change.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (Person, &mut T)> {
        Person::ALL.into_iter().zip(&mut self.0)
    }
}
