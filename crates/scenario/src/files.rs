//! What was read and fitted for a document: each data file once for every way of reading it, each fit once.
//!
//! Nothing is locked while a file is read or sales are fitted: fits use all threads, and a thread that waits for its share may take up
//! another variant of the same document. Two that need the same at the same moment may both make it; they make the same.

use super::document::Work;
use crate::data::{self, Columns, Sales};
use restock_base::calendar::Day;
use restock_base::diag::Diagnostics;
use restock_forecast::{Panel, Pipeline, Prepared};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A sales file, and how it is read.
pub(super) type SalesFile = (PathBuf, Columns);

#[derive(Debug, Default)]
pub(super) struct Files {
    sales: Memo<SalesFile, Sales>,
    /// By file, periods of it that are used, and how they are made ready.
    fits: Memo<(SalesFile, usize, Pipeline), Prepared>,
    /// By file and product: how its weeks fall on their days.
    weeks: Memo<(SalesFile, String), Option<[f64; 7]>>,
    events: Memo<PathBuf, Vec<(Day, String)>>,
    records: Memo<(PathBuf, Vec<&'static str>), Vec<data::Record>>,
    columns: Memo<(PathBuf, String), Vec<f64>>,
    read: AtomicUsize,
    fitted: AtomicUsize,
}

impl Files {
    pub fn work(&self) -> Work {
        Work { read: self.read.load(Ordering::Relaxed), fitted: self.fitted.load(Ordering::Relaxed) }
    }

    fn reading(&self) {
        self.read.fetch_add(1, Ordering::Relaxed);
    }

    fn fitting(&self) {
        self.fitted.fetch_add(1, Ordering::Relaxed);
    }

    pub fn sales(&self, file: &SalesFile) -> Result<Arc<Sales>, Diagnostics> {
        self.sales.get(file, || {
            self.reading();
            data::read_sales(&file.0, &file.1)
        })
    }

    /// The first `known` periods of a file, made ready by `pipeline`.
    pub fn fit(
        &self,
        file: &SalesFile,
        known: usize,
        pipeline: &Pipeline,
        until: impl FnOnce() -> Panel,
    ) -> Arc<Prepared> {
        let made = self.fits.get(&(file.clone(), known, pipeline.clone()), || {
            self.fitting();
            Ok::<_, std::convert::Infallible>(pipeline.prepare(until()))
        });
        match made {
            Ok(fit) => fit,
        }
    }

    /// What `make` finds in the days of a file, for one product.
    pub fn week(&self, file: &SalesFile, sku: &str, make: impl FnOnce(&Panel) -> Option<[f64; 7]>) -> Option<[f64; 7]> {
        let made = self.weeks.get(&(file.clone(), sku.to_owned()), || {
            let sales = self.sales(file)?;
            self.fitting();
            Ok::<_, Diagnostics>(make(&sales.panel))
        });
        made.ok().and_then(|week| *week)
    }

    pub fn events(&self, path: &Path) -> Result<Arc<Vec<(Day, String)>>, Diagnostics> {
        self.events.get(&path.to_path_buf(), || {
            self.reading();
            data::events(path)
        })
    }

    /// A file of records with these fields.
    pub fn records(&self, path: &Path, fields: &[data::Field]) -> Result<Arc<Vec<data::Record>>, Diagnostics> {
        let names = fields.iter().map(|field| field.name).collect();
        self.records.get(&(path.to_path_buf(), names), || {
            self.reading();
            data::records(path, fields)
        })
    }

    pub fn column(&self, path: &Path, column: &str) -> Result<Arc<Vec<f64>>, data::Problem> {
        self.columns.get(&(path.to_path_buf(), column.to_owned()), || {
            self.reading();
            data::column(path, column)
        })
    }
}

/// What was made for each of several questions.
#[derive(Debug)]
struct Memo<K, V>(Mutex<Vec<(K, Arc<V>)>>);

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Memo(Mutex::default())
    }
}

impl<K: PartialEq + Clone, V> Memo<K, V> {
    fn find(known: &[(K, Arc<V>)], key: &K) -> Option<Arc<V>> {
        known.iter().find(|(k, _)| k == key).map(|(_, value)| Arc::clone(value))
    }

    fn get<E>(&self, key: &K, make: impl FnOnce() -> Result<V, E>) -> Result<Arc<V>, E> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = Self::find(&known(), key) {
            return Ok(found);
        }
        let made = Arc::new(make()?);
        let mut known = known();
        if let Some(found) = Self::find(&known, key) {
            return Ok(found);
        }
        known.push((key.clone(), Arc::clone(&made)));
        Ok(made)
    }
}
