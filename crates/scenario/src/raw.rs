//! The file format as types: what stands in the TOML, before anything is made of it.
//!
//! A [`Scenario`] can be made of them ([`Scenario::new`] has every default) and written ([`super::write()`]).
//! Doc comments here become the descriptions of the JSON schema and of `docs/scenario-reference.md`.
//! Alternatives are externally tagged, so that an error can point at the very key.

pub use super::scalar::{
    Amounts, Column, CoverBelow, Dates, Distribution, Duration, Empirical, Family, Lognormal, Mean, MeanSd, OnDate,
    ParcelDuties, Part, Rates, Share, Shares, Weibull,
};
use super::scalar::{of_units, whole};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A Restock scenario: what is sold, to whom, and the supply models to compare.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scenario {
    /// Title of the comparison, printed on tables and charts.
    pub name: String,
    /// Another scenario file that this one is laid over.
    /// Followed before the types are read: absent in what was.
    pub extends: Option<String>,
    /// Currency of every amount, as an ISO code.
    pub currency: String,
    /// The simulated days.
    pub horizon: Horizon,
    /// What there is on the first day: a run from today, without a warm-up.
    pub position: Option<Position>,
    /// How often, and with which seed.
    pub monte_carlo: MonteCarlo,
    /// The service at which supply models are compared besides at their own policies.
    pub compare: Compare,
    /// The products.
    #[serde(default)]
    pub product: Vec<Product>,
    /// Products from a table, a row each. What the scenario says of one of them in `product` is laid over its row.
    pub catalogue: Option<Catalogue>,
    /// Demand of every product that has none of its own.
    pub demand: Demand,
    /// What customers do when stock is out.
    pub customers: Customers,
    /// How the planner forecasts.
    pub planner: Planner,
    /// Money rates.
    pub finance: Finance,
    /// Ranges against which break-evens are judged.
    pub ranges: Ranges,
    /// Shared states of the world, such as port congestion.
    #[serde(default)]
    pub regime: Vec<Regime>,
    /// What goes wrong now and then, or on a date: a supplier, a factory, a route, a stage or a location that is down.
    #[serde(default)]
    pub disruption: Vec<Disruption>,
    /// Factories that several products share.
    #[serde(default)]
    pub factory: Vec<Factory>,
    /// Containers in which goods of several orders leave, of one product or several.
    #[serde(default)]
    pub container: Vec<Container>,
    /// Markets that one stock serves, in every supply model. Absent: nothing is told apart by market.
    #[serde(default)]
    pub market: Vec<Market>,
    /// Working calendars besides the built-in ones.
    #[serde(default)]
    pub calendar: Vec<Calendar>,
    /// The supply models to compare.
    #[serde(default)]
    pub supply: Vec<Supply>,
    /// What `restock sweep` varies where its command line does not say. No other command reads it.
    pub sweep: Option<Sweep>,
}

/// Keys that take other values, one after the other: see `restock sweep`.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sweep {
    /// Key and values each, as `--vary` takes them: `"demand.mean-per-day=20,40"`, `"demand.mean-per-day=20:80:10"`.
    #[serde(default)]
    pub vary: Vec<String>,
    /// Whether the first values of all keys go together, then the second ones, and so on; otherwise each meets each.
    #[serde(default)]
    pub zip: bool,
    /// Names of the KPIs to look at, as in kpis.csv, the one that decides first.
    #[serde(default)]
    pub kpi: Vec<String>,
}

/// The simulated days: a warm-up, then the measured window.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Horizon {
    /// First measured day.
    pub start: OnDate,
    /// Measured days.
    pub days: Duration,
    /// Days simulated before the measured window, so that stock and orders in transit are in their stride.
    pub warmup_days: Duration,
}

/// The Monte Carlo experiment.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MonteCarlo {
    /// Number of replications; with `precision`, the largest number.
    #[serde(serialize_with = "whole")]
    pub replications: u64,
    /// Any whole number. The same seed gives the same results.
    #[serde(serialize_with = "whole")]
    pub seed: u64,
    /// Runs until a KPI is known this well for every product and model.
    pub precision: Option<Precision>,
    /// Replications, from the first, of which the percentiles of every day are taken (daily.parquet, charts over time); means of days are of
    /// all replications. 0: days are not kept. Not given: 2,000, and 0 with more than 24 products.
    #[serde(serialize_with = "whole")]
    pub daily_replications: Option<u64>,
    /// Spreads the random sizes of dated campaigns and of scripted surges evenly over the replications, so that fewer of them tell as much.
    /// `false`: each replication draws its own. No mean depends on it.
    pub stratified: bool,
}

/// Equal service: each supply model with the stock that serves ordinary days alike, besides each at its own best and all
/// with the same capital.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Compare {
    /// Fill rate of ordinary days (without surges and unplanned campaigns) that every supply model is brought to, share of
    /// units demanded.
    pub fill_rate: Share,
    /// Chance that the fill rate of the window reaches `fill-rate`: given, the models are brought to this chance instead
    /// of to the same fill rate on average.
    pub chance: Option<Share>,
}

/// A stopping rule.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Precision {
    /// Name of the KPI, as in kpis.csv.
    pub kpi: String,
    /// Half-width of its 95 % interval, in the KPI's unit (shares may be percentages).
    pub half_width: Share,
}

/// A product.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Product {
    /// Stock-keeping unit: the product's name everywhere.
    pub sku: String,
    /// Selling price.
    pub price: f64,
    /// Paid to the manufacturer, ex works.
    pub unit_cost: f64,
    /// Weight of a unit, for freight and postage by weight.
    pub weight_kg: f64,
    /// Volume of a unit, for containers and storage.
    pub volume_litres: f64,
    /// What it is a kind of. Products of one category are told together, too.
    pub category: Option<String>,
    /// Its own duty rate, or rates with the dates from which they hold, in place of those of routes.
    pub duty: Option<Rates>,
    /// Its own smallest order, in place of those of locations.
    #[serde(serialize_with = "whole")]
    pub minimum_order: Option<u64>,
    /// Factor on the days of all stages of its purchase orders: 1.5 where it takes half as long again.
    pub lead_time_factor: Option<f64>,
    /// The factory that makes it beside other products, by its name.
    pub factory: Option<String>,
    /// Units a day that a factory of its own makes, in every supply model alike. Absent: no limit.
    pub factory_capacity_per_day: Option<f64>,
    /// What customers send back. Absent: nothing.
    pub returns: Option<Returns>,
    /// What is otherwise of this product in single supply models.
    #[serde(default)]
    pub supply: Vec<ProductSupply>,
    /// Demand of this product, laid over the scenario's `demand`.
    pub demand: Option<Demand>,
}

/// What is otherwise of a product in one supply model. What is absent is as the product says, or else the supply model.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProductSupply {
    /// Name of the supply model.
    pub name: String,
    /// What its makers charge beyond the product's unit cost, in place of that of routes.
    pub unit_cost_premium: Option<Share>,
    /// Duty rate, or rates with the dates from which they hold.
    pub duty: Option<Rates>,
    /// Smallest order.
    #[serde(serialize_with = "whole")]
    pub minimum_order: Option<u64>,
    /// Factor on the days of all stages of its purchase orders.
    pub lead_time_factor: Option<f64>,
    /// Days of its mean demand that are added to the targets of policies, or taken off, besides the `extra-stock-days` of the supply model: what
    /// `restock mix` finds.
    #[serde(default)]
    pub extra_stock_days: f64,
}

/// A table of products. Its columns are called as the keys of `product` are (`weight` for `weight-kg`, `moq` for `minimum-order` and the like are known,
/// too), with `mean-per-day` and `dispersion` of its demand; `on-hand` is what a run from today begins with, at the `location` of its row where a supply
/// model has several. A column `KEY @ NAME` is what is otherwise in that supply model.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Catalogue {
    /// CSV, a workbook or Parquet, relative to the scenario.
    pub file: String,
    /// Names of columns that are called otherwise.
    #[serde(default)]
    pub columns: CatalogueColumns,
    /// Sheet of a workbook. Without it, the only one with a table.
    pub sheet: Option<String>,
    /// Whether one wrong row refuses the whole; otherwise it is told and left out, and the rest runs.
    #[serde(default)]
    pub strict: bool,
}

/// Names of the columns of a catalogue; those that are absent are looked for under their usual names.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CatalogueColumns {
    /// Column of SKUs.
    pub sku: Option<String>,
    /// Column of selling prices.
    pub price: Option<String>,
    /// Column of what the manufacturer is paid.
    pub unit_cost: Option<String>,
    /// Column of weights in kilograms.
    pub weight_kg: Option<String>,
    /// Column of volumes in litres.
    pub volume_litres: Option<String>,
    /// Column of categories.
    pub category: Option<String>,
    /// Column of duty rates.
    pub duty: Option<String>,
    /// Column of smallest orders.
    pub minimum_order: Option<String>,
    /// Column of factors on lead times.
    pub lead_time_factor: Option<String>,
    /// Column of the names of factories.
    pub factory: Option<String>,
    /// Column of mean units a day.
    pub mean_per_day: Option<String>,
    /// Column of dispersions.
    pub dispersion: Option<String>,
    /// Column of units on the shelf on the first day.
    pub on_hand: Option<String>,
    /// Column of the locations where these stand.
    pub location: Option<String>,
}

/// What customers send back of what has shipped. They get the price back on the day on which it is there, and the payment fee and postage to
/// them stay spent. What becomes of it is a matter of the location, see `return-to`.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Returns {
    /// Share of the units shipped that are sent back.
    pub share: Share,
    /// Days from shipping until a unit is back, at least one.
    pub days: Distribution,
    /// Share of these that can be sold again, where they go back to stock.
    pub resaleable: Share,
}

/// A factory that makes several products, one order after the other, of one day in the order of the products. Each supply model has it
/// for itself.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Factory {
    /// Unique name, by which products refer to it.
    pub name: String,
    /// Units a day that it makes, of whatever product.
    pub capacity_per_day: f64,
}

/// A container in which goods of several orders leave together: when they fill one, or when the first of them has waited long enough. All that waits
/// leaves then, in as many containers as it takes, and all of these are paid in full; each order bears its part. Each supply model has it for itself.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Container {
    /// Unique name, by which routes refer to it. It is the name of the stage in which goods wait, too.
    pub name: String,
    /// Price of a whole one.
    pub price: f64,
    /// Usable volume.
    pub m3: f64,
    /// Weight that it may carry.
    pub payload_kg: f64,
    /// The longest that goods wait until it leaves.
    pub wait_days: Duration,
}

/// A market, such as a country: its share of the shoppers, its price and taxes, and what a parcel to it takes and costs. All markets share the shoppers and
/// the stock; what differs is counted as an expected amount, by the shares. `price`, `threshold`, `flat` and `fixed-per-parcel` are in the market's
/// currency, delivery is in the scenario's.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Market {
    /// Unique name.
    pub name: String,
    /// Share of the shoppers, or shares with the dates from which they hold. On every day the shares of all markets add up to 100 %.
    pub share: Shares,
    /// Currency in which it pays, as an ISO code. Absent: the scenario's.
    pub currency: Option<String>,
    /// Units of that currency for one of the scenario's, all the time.
    pub rate: Option<f64>,
    /// Selling price there, with the tax if it is part of it; for scenarios of one product. Absent: the product's price.
    pub price: Option<f64>,
    /// Selling price there as a multiple of the product's.
    pub price_factor: Option<f64>,
    /// Rate of the value-added tax, or of another tax on sales, or rates with the dates from which they hold. Absent: none.
    pub vat: Option<Rates>,
    /// Whether the tax is part of the price: then the seller keeps `price / (1 + vat)`. `false`: customers pay it on top.
    #[serde(default = "yes")]
    pub vat_in_price: bool,
    /// How orders fall with the delivery time there. Absent: as that of the supply model's customers.
    pub delivery_sensitivity: Option<DeliverySensitivity>,
    /// Delivery time under which its share was observed. Absent: the shortest mean delivery to it of any model and location, or
    /// `customers.reference-delivery-days` where that is given.
    pub reference_delivery_days: Option<Duration>,
    /// Who of those who wait is served first: customers of a lower number, from 1 to 100. Absent: 1.
    pub priority: Option<u64>,
    /// What its customers do otherwise than those of the supply model while stock is out.
    pub customers: Option<MarketCustomers>,
    /// Names of locations: all its shoppers are served first from the one that comes first here among those that a supply model has open. Models that have
    /// none of them, and markets without the key, serve by the `share` of their locations.
    #[serde(default)]
    pub served_from: Vec<String>,
    /// Days from shipping to the door, from all locations that `from` says nothing of. Absent: those of the location.
    pub days: Option<Distribution>,
    /// Postage or line haul of an order, likewise. With it, or with `per-kg`, the postage of the location does not hold.
    pub per_order: Option<f64>,
    /// Postage by chargeable weight, likewise.
    pub per_kg: Option<f64>,
    /// Duty of a parcel, from locations whose parcels pay duty one by one. Absent: the rates of the location's base route, on the cost.
    pub duty: Option<ParcelDuties>,
    /// Fixed amount of a parcel from these locations, such as a handling fee or a levy, in place of their `clearance-per-order`.
    pub fixed_per_parcel: Option<Amounts>,
    /// What holds from single locations.
    #[serde(default)]
    pub from: Vec<MarketFrom>,
}

/// What the customers of a market do otherwise while stock is out, in every supply model. What is absent is as the supply model says.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MarketCustomers {
    /// Who orders all the same.
    pub accept: Option<Accept>,
    /// How long they wait.
    pub patience: Option<Patience>,
    /// The US rule on late orders (16 CFR 435).
    pub thirty_day_rule: Option<bool>,
    /// Share of customers who consent when the rule asks for express consent.
    pub express_consent: Option<Share>,
}

/// What holds of a market from one location, in place of what the market says of all.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MarketFrom {
    /// Name of the location, in whatever supply models it is.
    pub name: String,
    /// Days from shipping to the door.
    pub days: Option<Distribution>,
    /// Postage or line haul of an order.
    pub per_order: Option<f64>,
    /// Postage by chargeable weight.
    pub per_kg: Option<f64>,
    /// Duty of a parcel. Given here it holds where stock has paid duty on its way in, too: of parcels that cross a border after that.
    pub duty: Option<ParcelDuties>,
    /// Fixed amount of a parcel, in place of the location's `clearance-per-order`.
    pub fixed_per_parcel: Option<Amounts>,
    /// Rate of the tax that parcels from here pay, where it is not the market's. The difference is an amount of the parcel, beside its duty.
    pub vat: Option<Rates>,
}

/// The duty of a parcel: a share of its value, and another rule up to a threshold.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ParcelDuty {
    /// First day of the rule; in a list each rule has one.
    pub from: Option<OnDate>,
    /// What it is a share of.
    pub base: DutyBase,
    /// Share of the declared value, of the whole of it, above the threshold; 0 for goods that are free of duty.
    pub rate: Share,
    /// Share of the cost or of the price that is declared. Absent: all of it.
    pub value_share: Option<Share>,
    /// Declared value of a parcel up to which `at-or-below` holds, the value itself included.
    pub threshold: Option<f64>,
    /// What a parcel pays whose value does not exceed the threshold.
    pub at_or_below: Option<AtOrBelow>,
}

/// What duty is a share of.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DutyBase {
    /// The dutiable cost, as on the way in.
    Cost,
    /// The selling price, less the tax in it that the parcel pays.
    Price,
}

/// The duty of a parcel whose value does not exceed the threshold.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AtOrBelow {
    /// None.
    Exempt,
    /// An amount for each tariff line: a parcel of one product has one.
    Flat(f64),
    /// Another share of the declared value.
    Rate(Share),
}

/// A share and the day from which it holds.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ShareStep {
    /// First day of the share.
    pub from: OnDate,
    /// The share.
    pub share: Share,
}

/// An amount and the day from which it holds.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AmountStep {
    /// First day of the amount.
    pub from: OnDate,
    /// The amount.
    pub amount: f64,
}

/// What shoppers want. Give one of `mean-per-day`, `units-per-day` and `history`.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Demand {
    /// Mean units a day; the day's count is Poisson, or negative binomial with `dispersion`.
    pub mean_per_day: Option<f64>,
    /// Negative binomial `k`: variance = mean + mean^2 / k. Leave out for Poisson.
    pub dispersion: Option<f64>,
    /// Distribution of a day's units, days independent. A bare number is the same demand every day.
    #[serde(default, deserialize_with = "of_units")]
    pub units_per_day: Option<Distribution>,
    /// Real daily sales from a file.
    pub history: Option<History>,
    /// Distribution of the units of an order, rounded, at least one. Demand stays in units: of a mean the orders are drawn, the units of a day of
    /// `units-per-day` or of a history are those of as many orders as they make. Absent: one.
    #[serde(default, deserialize_with = "of_units")]
    pub units_per_order: Option<Distribution>,
    /// Factor of each weekday, Monday first.
    pub weekday: Vec<f64>,
    /// Factor of each month, January first.
    pub season: Vec<f64>,
    /// Growth a year.
    pub trend_per_year: Share,
    /// Dated events that multiply demand.
    #[serde(default)]
    pub campaign: Vec<Campaign>,
    /// Unplanned surges.
    pub surge: Option<Surge>,
    /// Windows in which shoppers may pre-order what ships on a date.
    #[serde(default)]
    pub pre_order: Vec<PreOrder>,
}

/// A file of sales by day, week or month. Weeks and months are spread over their days: by the pattern of `weekday` or of the file's own days, else evenly.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct History {
    /// CSV or Parquet, relative to the scenario.
    pub file: String,
    /// Column of dates. Without it, looked for under its usual names.
    pub date: Option<String>,
    /// Column of units sold, or `rows` to count rows. Without it, looked for under its usual names.
    pub units: Option<String>,
    /// Column of product names; rows of this product's `sku` are read. Leave out if the file holds one product.
    pub sku: Option<String>,
    /// How the history drives demand.
    #[serde(default)]
    pub drives: Drives,
    /// Whether spikes of the history are taken out of the baseline and come back as a `surge` with their frequency, size and length. A `surge` of the
    /// scenario's own takes its place.
    #[serde(default = "yes")]
    pub surges: bool,
    /// What runs of days without a sale that chance does not explain are taken for.
    #[serde(default)]
    pub suspected_stock_outs: SuspectedStockOuts,
    /// Column of categories: products of one category share priors and shocks.
    pub group: Option<String>,
    /// Column of prices.
    pub price: Option<String>,
    /// Column of promotions: the share of the day, or yes and no. Rows with a promotion after the last sale are planned ones.
    pub promotion: Option<String>,
    /// Column that tells whether, or for what share of the day, the product was in stock.
    pub in_stock: Option<String>,
    /// Column of stock at the end of the day: at 0 it ran out.
    pub on_hand: Option<String>,
    /// Column of hours a day that the product was in stock.
    pub hours: Option<String>,
    /// Column of the largest single order line: larger ones than usual are taken apart as bulk orders.
    pub largest_line: Option<String>,
    /// Column of dates on which items end, or of words that say that they have; `none` for none. Without it, one that is called so, or a status of items.
    pub discontinued: Option<String>,
    /// Length of a period. Without it, read off the dates; finer data are added up.
    pub every: Option<Every>,
    /// What becomes of the first and the last period if the file covers them in part.
    #[serde(default)]
    pub unfinished: Unfinished,
    /// First day of year 1, where dates count years from 1, as `1-01` does.
    pub start: Option<OnDate>,
    /// Countries whose public holidays and commerce days have effects of their own: `["US", "CA"]`.
    #[serde(default)]
    pub country: Vec<String>,
    /// A file with columns `date` and `event`, relative to the scenario: events that have effects of their own.
    pub events: Option<String>,
    /// Whether a yearly wave is fitted where the history has more than a year.
    #[serde(default = "yes")]
    pub yearly_wave: bool,
    /// What stands first in dates such as 3/4/2026.
    pub date_order: Option<DateOrder>,
    /// Form of dates, as of strftime: `"%d.%m.%Y"`.
    pub date_format: Option<String>,
    /// Time zone of the shop, of the IANA database: moments with a distance from UTC are days there.
    pub time_zone: Option<String>,
    /// What stands before decimals. Without it, judged over all numbers.
    pub decimal: Option<DecimalMark>,
    /// Shape of the table. Without it, read off its columns.
    pub layout: Option<HistoryLayout>,
    /// Row of the header. Without it, the first that looks like one.
    pub header_row: Option<u32>,
    /// Sheet of a workbook. Without it, the only one with a table.
    pub sheet: Option<String>,
    /// Encoding of text, a label of the WHATWG Encoding Standard: `"windows-1252"`. Without it, found.
    pub encoding: Option<String>,
    /// Rows for which all of this holds are read: `"COLUMN = VALUE"`, `!=`, `in (A, B)`, `not in (A, B)`.
    #[serde(default, rename = "where")]
    pub conditions: Vec<String>,
    /// Column of order names: blank cells of an order's further rows are those of its first.
    pub order: Option<String>,
    /// Rows after this day are left out.
    pub until: Option<OnDate>,
    /// Items that differ by upper and lower case and blanks alone are one.
    #[serde(default)]
    pub merge_case: bool,
}

/// Length of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Every {
    /// One day.
    Day,
    /// Seven days.
    Week,
    /// A calendar month.
    Month,
    /// Three calendar months.
    Quarter,
}

/// What becomes of a first or last period that a file covers in part.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unfinished {
    /// They are no part of the history.
    #[default]
    LeaveOut,
    /// They count as whole ones.
    Keep,
    /// Their units are scaled by the days that they lack.
    Scale,
}

/// Decimal mark of a file.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DecimalMark {
    /// `1.5` is one and a half.
    Point,
    /// `1,5` is one and a half.
    Comma,
}

/// What stands in the columns of a history.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HistoryLayout {
    /// A row an item and day, or a sale.
    Long,
    /// A column a date.
    DatesAcross,
    /// A column an item.
    ItemsAcross,
}

/// What suspected stock-outs are taken for, where the history drives demand by its forecast.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SuspectedStockOuts {
    /// For stock-outs: nothing is learned of demand in them.
    #[default]
    Mask,
    /// For demand: nobody wanted any.
    Keep,
}

/// Order of day and month.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DateOrder {
    /// The third of April.
    DayFirst,
    /// The fourth of March.
    MonthFirst,
}

/// How a history drives demand.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Drives {
    /// Each replication is a sample path of the count model fitted on the history, from its end on (or from the start of the measured window, if the history
    /// goes on beyond it). Days before that are as they were.
    #[default]
    Forecast,
    /// Every replication sees the history itself.
    Replay,
    /// Blocks of days are drawn from the same season of the history.
    Bootstrap(Bootstrap),
}

/// Seasonal block bootstrap.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Bootstrap {
    /// Length of a block.
    pub block_days: Duration,
    /// Blocks begin within so many days of the same day of any year.
    pub window_days: Duration,
}

/// A dated event that multiplies demand.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Campaign {
    /// Name of the event in tables and charts. A file that is laid over this one refers to it by this name.
    pub name: String,
    /// First day.
    pub start: OnDate,
    /// Number of days.
    pub days: Duration,
    /// Factor on demand: 3.5 is three and a half times the usual. Drawn once a replication.
    pub uplift: Distribution,
    /// Height over the days.
    #[serde(default)]
    pub shape: Shape,
    /// Whether the planner knows of it beforehand.
    #[serde(default = "yes")]
    pub planned: bool,
    /// Days of cover below which it pauses: while what is on hand lasts for fewer days of forecast demand, nobody comes because of it. 0, or
    /// absent: it never pauses.
    pub pause_below_cover_days: Option<Duration>,
    /// Share by which the price is less for those who order while it runs, in the measured days. Of several campaigns on one day the largest holds.
    #[serde(default)]
    pub discount: Share,
    /// What it costs on each day on which it runs, in the measured days. Nothing is spent while it pauses. A campaign in the scenario's `demand` is
    /// one for each product, and costs that for each.
    #[serde(default)]
    pub cost_per_day: f64,
}

fn yes() -> bool {
    true
}

fn all() -> Share {
    Share(1.0)
}

/// A window in which shoppers may order what ships on a date. Whoever does is promised that date, and waits for it whatever is in stock; nothing is
/// reserved before. On that day stock goes to the pre-orders first, and those for whom there is none wait like backorders.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PreOrder {
    /// Name of the window. A file that is laid over this one refers to it by this name.
    pub name: String,
    /// First day of the window.
    pub opens: OnDate,
    /// Last day of the window.
    pub closes: OnDate,
    /// The date promised: the day on which the pre-orders ship.
    pub ships: OnDate,
    /// Share of the window's shoppers who pre-order; the others buy what is in stock. Nobody has published a measurement: it is always an
    /// assumption.
    pub take_up: Share,
    /// Share of the price that whoever pre-orders saves.
    #[serde(default)]
    pub discount: Share,
    /// Share of what is left of the price that is paid with the pre-order. The rest is paid when it ships.
    #[serde(default = "all")]
    pub deposit: Share,
    /// Share of the pre-orders that customers cancel before they ship; they get the deposit back.
    #[serde(default)]
    pub cancel: Share,
    /// Whether planners order for what is pre-ordered.
    #[serde(default = "yes")]
    pub sizes_order: bool,
    /// Whether they go on expecting all of the window's shoppers: for goods that are ordered long before the window opens. Otherwise, if they order for
    /// what is pre-ordered, they expect only those who do not pre-order.
    #[serde(default)]
    pub keeps_forecast: bool,
}

/// Height of a campaign over its days.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// The full uplift every day.
    #[default]
    Flat,
    /// Rises over the first days, falls over the last.
    Trapezoid(Trapezoid),
    /// One height a day, from 0 (no effect) to 1 (the full uplift).
    Daily(Vec<f64>),
}

/// A height that rises, holds and falls, by days.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Trapezoid {
    /// Days before the full height is reached.
    pub ramp_days: Duration,
    /// Days after the full height has ended.
    pub fall_days: Duration,
}

/// Unplanned surges: at random, on given dates, or both.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Surge {
    /// Mean number a year, at random times; 0 switches all surges off, dated ones too. Absent: dated ones only.
    pub per_year: Option<f64>,
    /// Surges on these dates, in every replication.
    #[serde(default)]
    pub on: Dates,
    /// Factor on demand on the first day.
    pub peak_uplift: Distribution,
    /// How the excess dies away. Default: a power law of exponent 1.4 and scale 1 day, as after a one-off exposure.
    #[serde(default)]
    pub decay: Decay,
    /// Share by which demand stays higher afterwards.
    #[serde(default)]
    pub lasting_lift: Share,
    /// Extra demand that is taken from the days after.
    pub pull_forward: Option<PullForward>,
}

/// How the excess of a surge dies away.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Decay {
    /// `exp(-h / tau-days)` after `h` days.
    Exponential(ExponentialDecay),
    /// `(1 + h / scale-days)^-exponent` after `h` days.
    PowerLaw(PowerLaw),
}

impl Default for Decay {
    /// One-off exposure without word of mouth decays with exponent 1 + theta, theta = 0.4 (Crane and Sornette, PNAS 105, 2008).
    fn default() -> Self {
        Decay::PowerLaw(PowerLaw { exponent: 1.4, scale_days: Duration(1.0) })
    }
}

/// An excess that falls by the same share each day.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExponentialDecay {
    /// Days in which the excess falls to 37 % (`1/e`).
    pub tau_days: Duration,
}

/// An excess that falls fast at first and slowly later.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PowerLaw {
    /// Power of the time: the larger, the faster the excess falls.
    pub exponent: f64,
    /// Time scale: the excess falls slowly before it, and as a power of the time long after it.
    pub scale_days: Duration,
}

/// Part of a surge's extra demand is taken from the days after it.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PullForward {
    /// Share of the extra demand.
    pub share: Share,
    /// Days over which it is missing.
    pub days: Duration,
}

/// What customers do when stock is out.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Customers {
    /// The date that the shop quotes.
    pub promise: Promise,
    /// Who orders all the same.
    pub accept: Accept,
    /// How long they wait.
    pub patience: Patience,
    /// What customers hear of delays; selects the default hazards of `promise-relative` patience.
    pub communication: Communication,
    /// Under clear communication a notice is sent when the expected date lies more days than this beyond the promise.
    pub notice_tolerance: Duration,
    /// How orders fall with the delivery time, in stock.
    pub delivery_sensitivity: DeliverySensitivity,
    /// Delivery time at which the demand figures were observed. Absent: the shortest mean delivery of all locations.
    pub reference_delivery_days: Option<Duration>,
    /// The US rule on late orders (16 CFR 435).
    pub thirty_day_rule: bool,
    /// Share of customers who consent when the rule asks for express consent.
    pub express_consent: Share,
    /// What happens to the purchase order behind a cancelled backorder.
    pub on_cancel: OnCancel,
    /// An order of several units ships in parts, each in a parcel of its own. Otherwise it waits until it is whole, and keeps what it has got.
    pub split_shipments: bool,
}

/// The date that the shop quotes for a backorder.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Promise {
    /// The expected receipt that will cover the order; also as the bare text `"expected-arrival"`.
    ExpectedArrival(ExpectedArrival),
    /// So many days from the order.
    FixedDays(Duration),
    /// No date.
    None,
}

/// A promise made from the purchase orders that are on their way.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExpectedArrival {
    /// Quotes a later date, by the gap between the mean and a quantile of the lead time.
    pub buffer: Option<Buffer>,
}

/// How far a promise lies behind what is expected.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Buffer {
    /// Share of lead times that are no longer than the one promised by: `"90%"`.
    pub quantile: Share,
}

/// Who orders although stock is out.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Accept {
    /// Everybody: every shortage is a backorder.
    Always,
    /// Nobody: lost sales.
    Never,
    /// A fixed share.
    Share(Share),
    /// `exp(-per-day x quoted extra days)`.
    FallsWithQuotedDelay(PerDay),
    /// Those who are quoted a wait no longer than this, and only those.
    WithinDays(Duration),
}

/// How fast the share of shoppers who order falls with the wait that is quoted.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PerDay {
    /// Rate for each day quoted: 0.03 takes about 3 % of the shoppers a day.
    pub per_day: f64,
}

/// How long customers wait.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Patience {
    /// Nobody cancels.
    Endless,
    /// The same chance of cancelling every day.
    DailyHazard(Share),
    /// Distribution of the days that a customer waits at most.
    Time(Distribution),
    /// Hazards relative to the promised date. Keys left out follow `communication`.
    PromiseRelative(PromiseRelative),
}

/// Chances of cancelling while waiting.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PromiseRelative {
    /// Chance a day, up to the promised date.
    pub daily_within: Option<Share>,
    /// Chance once, at each notice of delay. Of clear communication.
    pub at_notice: Option<Share>,
    /// Chance a day, after the promised date. Of silence: a notice renews the promise.
    pub daily_after_miss: Option<Share>,
}

/// What customers hear of delays.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Communication {
    /// A notice with a new date, which is then the promise.
    Clear,
    /// Nothing. The 30-day rule is then broken, not obeyed: see `breached_orders`.
    Silent,
}

/// Shoppers who order at a delivery of `q` days for each one at the reference: `exp(-per-day x (q - reference))`, at most as
/// of five days faster.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DeliverySensitivity {
    /// Rate a day; 0 if delivery time does not sell.
    pub per_day: Share,
}

/// What happens to the purchase order behind a cancelled backorder.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnCancel {
    /// It stays: the unit becomes stock.
    KeepOrder,
    /// The unit is taken off the latest order.
    CancelOrder,
}

/// How the planner forecasts. Weekday, season and planned campaigns are known to it.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Planner {
    /// Method by which the level of demand is found.
    pub forecast: Forecast,
    /// Error of the planner's first level: 0.1 is 10 % too high.
    pub bias: Share,
    /// Whether it expects as much less demand as will come back and be sold again.
    pub nets_returns: bool,
    /// A day on which reviews take place, everywhere; further ones lie a review interval apart, before it and after. Absent: each
    /// replication draws its own phase.
    pub first_review: Option<OnDate>,
}

/// The planner's method.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Forecast {
    /// Clairvoyant: the true mean of every day, surges included. Nobody has this; it is an upper bound.
    Truth,
    /// The true level, season and planned campaigns, and no surge: what better forecasting could reach.
    TruthWithoutSurges,
    /// Simple exponential smoothing of the demand seen.
    ExponentialSmoothing(Smoothing),
    /// Mean of the demand seen on the last days.
    MovingAverage(Window),
    /// The model fitted on the history, kept up with the orders that come in (walk-aways are not seen). Needs a `history` that drives demand by its forecast.
    Fitted,
}

/// Weights of simple exponential smoothing.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Smoothing {
    /// Weight of the newest day.
    pub alpha: Share,
    /// A day beyond the 99.9 % bound of the planner's own law enters at the bound; when 14 of 21 days lay beyond it, the level of
    /// those days is believed. `false`: every day enters as it is.
    #[serde(default = "yes")]
    pub robust: bool,
}

/// The days that a moving average is taken of.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Window {
    /// Number of days of which the mean is taken.
    pub days: Duration,
}

/// Money rates.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Finance {
    /// Charge on capital tied up, a year; also the discount rate of the net present value.
    pub cost_of_capital: Share,
    /// When customers pay.
    pub customer_pays: CustomerPays,
    /// Days from a customer's payment to your account.
    pub settlement_days: Duration,
    /// What the payment processor keeps of an order; not returned on a refund.
    pub payment_fee: PaymentFee,
    /// Share of the value on hand, a year.
    pub insurance: Share,
    /// Share of the units on hand that vanish, a year.
    pub shrink: Share,
    /// Share of the value on hand, a year.
    pub obsolescence: Share,
    /// Support contacts of a backordered order.
    pub tickets_per_backorder: f64,
    /// Cost of one contact.
    pub cost_per_ticket: f64,
    /// Customers who cancel through their bank.
    pub chargeback: Chargeback,
    /// Spent for every shopper who would order, in stock or not.
    pub advertising_per_order: f64,
    /// Future orders lost because this one was late or cancelled. Reported apart: not a cash cost.
    pub lifetime_value: LifetimeValue,
    /// What is left at the end is worth this share of its landed cost.
    pub salvage: Share,
    /// What it is worth after so many days on hand, in place of that. Absent: the same at any age.
    #[serde(default)]
    pub salvage_by_age: Vec<SalvageStep>,
    /// Rent, salaries and the like, a month: paid day by day. With several products each bears its share of expected revenue.
    pub fixed_per_month: f64,
    /// Balance of the account when the window begins. With it the cash trough is a balance, and the chance that it does not suffice is reported.
    pub opening_cash: Option<f64>,
    /// What a bank lends when the balance is below zero; reports the interest, and the chance to need more.
    pub credit_line: Option<CreditLine>,
}

/// What a bank lends when the balance is below zero.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CreditLine {
    /// The most that can be drawn.
    pub limit: f64,
    /// Interest on what is drawn, a year.
    pub rate: Share,
}

/// Ranges in which a figure may lie, least and most: break-evens are judged against them, and `restock tornado` goes from one end to the other.
/// Where a range is of a factor it is laid on the scenario's own value.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Ranges {
    /// `per-order` of a location's `delivery` whose parcels pay duty one by one: the price of a parcel before its weight.
    pub parcel_price: [f64; 2],
    /// Premium on the unit cost of a route.
    pub unit_cost_premium: [Share; 2],
    /// Charge on capital, a year.
    pub cost_of_capital: [Share; 2],
    /// Orders lost for each day of slower delivery.
    pub delivery_sensitivity: [Share; 2],
    /// Worth of what is left at the end, as a share of its landed cost.
    pub salvage: [Share; 2],
    /// `per-kg` of a location's `delivery` whose parcels pay duty one by one: air freight of a parcel.
    pub parcel_per_kg: [f64; 2],
    /// `per-order` of the other locations' `delivery`.
    pub domestic_postage: [f64; 2],
    /// Factor on `pick-and-pack` of every location.
    pub pick_and_pack: [f64; 2],
    /// Factor on `storage-per-m3-month` of every location.
    pub storage: [f64; 2],
    /// Factor on every rate of duty.
    pub duty: [f64; 2],
    /// `per-container` of freight, and the `price` of shared containers.
    pub container_price: [f64; 2],
    /// `per-m3` of a `partial-container`.
    pub partial_container: [f64; 2],
    /// `per-kg` of freight on routes that have it.
    pub air_freight: [f64; 2],
    /// Factor on the days of all stages of all purchase orders: `lead-time-factor` of the products.
    pub lead_time: [f64; 2],
    /// Factor on the days of every stage named `Production`.
    pub production_days: [f64; 2],
    /// Factor on the days of every stage named `Ocean`.
    pub ocean_days: [f64; 2],
    /// `probability` of lateness in every stage named `Ocean`.
    pub ocean_late: [Share; 2],
    /// `probability` of lateness in every stage named `Inspection`.
    pub inspection_failure: [Share; 2],
    /// Factor on the days of `delivery` from locations whose parcels pay duty one by one.
    pub delivery_days: [f64; 2],
    /// Factor on `mean-per-day`.
    pub demand_level: [f64; 2],
    /// `dispersion` of demand.
    pub dispersion: [f64; 2],
    /// Factor on `peak-uplift` of surges.
    pub surge_size: [f64; 2],
    /// `per-year` of surges at random times.
    pub surges_per_year: [f64; 2],
    /// `exponent` of the power law by which surges decay.
    pub surge_decay: [f64; 2],
    /// `per-day` of `falls-with-quoted-delay`.
    pub acceptance: [f64; 2],
    /// `express-consent` of customers.
    pub express_consent: [Share; 2],
    /// `daily-within` of patience.
    pub cancel_within: [Share; 2],
    /// `at-notice` of patience, under clear communication.
    pub cancel_at_notice: [Share; 2],
    /// `daily-after-miss` of patience, under silence.
    pub cancel_after_miss: [Share; 2],
    /// `tickets-per-backorder` of finance.
    pub tickets_per_backorder: [f64; 2],
    /// `cost-per-ticket` of finance.
    pub cost_per_ticket: [f64; 2],
    /// Factor on the `share` of products that is sent back.
    pub returned_share: [f64; 2],
    /// `return-cost` of locations, where something is sent back.
    pub return_cost: [f64; 2],
    /// `recovery` of locations, where something is sent back.
    pub recovery: [Share; 2],
    /// `obsolescence` of finance.
    pub obsolescence: [Share; 2],
    /// `insurance` of finance.
    pub insurance: [Share; 2],
    /// `shrink` of finance.
    pub shrink: [Share; 2],
    /// `share` of the payment fee.
    pub payment_fee: [Share; 2],
    /// `minimum-order` of locations that have one.
    pub minimum_order: [f64; 2],
    /// Factor on `review-days` of every policy.
    pub review_interval: [f64; 2],
}

/// When customers pay.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CustomerPays {
    /// With the order: an open backorder is a debt to the customer.
    AtOrder,
    /// When it ships.
    AtShipping,
}

/// A cancellation through the customer's bank.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Chargeback {
    /// Share of customers' cancellations.
    pub share: Share,
    /// Share of the cancellations after a promise that was broken without a word.
    pub share_after_miss: Share,
    /// Cost of one besides the refund.
    pub fee: f64,
}

/// Future orders lost because this one was late or cancelled.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LifetimeValue {
    /// Orders that a customer would place later, each worth the contribution of an order served from stock.
    pub future_orders: f64,
    /// Share of them lost by delay, by rising days.
    pub lost_after: Vec<LostAfter>,
    /// Share of them lost, besides, where an order ships after the promise in force has passed.
    pub lost_on_missed_promise: Share,
    /// Share of them lost by customers who cancel.
    pub lost_on_cancellation: Share,
}

/// Share of future orders lost by a wait.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LostAfter {
    /// For waits longer than this.
    pub over_days: Duration,
    /// Share of the future orders lost after such a wait.
    pub share: Share,
}

/// What the payment processor keeps of an order.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PaymentFee {
    /// Share of the price.
    pub share: Share,
    /// Fixed amount an order.
    pub per_order: f64,
}

/// A state of the world shared by stages.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Regime {
    /// Name by which stages refer to it.
    pub name: String,
    /// The states. A replication begins in one by chance, as long stays as they have; in the first if one of them is never left.
    pub state: Vec<RegimeState>,
    /// Dated spells, laid over the random ones in every replication.
    #[serde(default)]
    pub spell: Vec<Spell>,
}

/// One state of a regime, with its effects on the stages.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RegimeState {
    /// Name by which dated spells refer to it.
    pub name: String,
    /// Mean stay; leave out for a state that only a dated spell leaves.
    pub mean_days: Option<Duration>,
    /// Factor on stage durations.
    #[serde(default = "one")]
    pub duration_factor: f64,
    /// Factor on the probability of being late.
    #[serde(default = "one")]
    pub late_factor: f64,
    /// Factor on freight rates.
    #[serde(default = "one")]
    pub freight_factor: f64,
}

fn one() -> f64 {
    1.0
}

/// Days on which a regime is in a given state.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Spell {
    /// Name of the state.
    pub state: String,
    /// First day.
    pub from: OnDate,
    /// Last day, included.
    pub to: OnDate,
}

/// A node that is down in spells. All supply models and products that have the node meet the same spells.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Disruption {
    /// Name by which others set it off, and by which tables and charts call it. Its draws depend on it.
    pub name: String,
    /// The node that is down.
    pub on: DisruptedNode,
    /// It begins at random, so many times a year on average. Needs `days`.
    pub per_year: Option<f64>,
    /// It begins on each day that is up with this chance, and ends as `recovers-daily` says.
    pub fails_daily: Option<Share>,
    /// Each day that is down is followed by one that is up with this chance.
    pub recovers_daily: Option<Share>,
    /// It begins on this day. Needs `until` or `days`.
    pub from: Option<OnDate>,
    /// Last day of one that begins on a date.
    pub until: Option<OnDate>,
    /// Days that are down, rounded half up, at least 1.
    pub days: Option<Distribution>,
    /// Days after that on which the work comes back, evenly.
    #[serde(default)]
    pub ramp_days: Duration,
    /// While it is down, what passes takes so many times as long. Left out: everything stops.
    pub slows: Option<f64>,
    /// What becomes of new purchase orders that would pass the node while it is down.
    #[serde(default)]
    pub while_down: WhileDown,
    /// Other disruptions that it may set off.
    #[serde(default)]
    pub sets_off: Vec<SetsOff>,
    /// Share of the goods at the node that is lost when it begins: of what is in its stages, or on hand at the location.
    #[serde(default)]
    pub destroys: Share,
    /// Who bears what it destroys.
    #[serde(default)]
    pub borne_by: BorneBy,
    /// Share of the seller's loss that an insurer pays, on the day of the loss.
    #[serde(default)]
    pub insured: Share,
    /// Days until the planner knows what is lost. Until then, or until the order comes without it, it counts as on order.
    #[serde(default)]
    pub learned_after_days: Duration,
}

/// Who bears goods that are lost before they are on the shelf.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BorneBy {
    /// The seller pays what is left of their price on the day of the loss; freight, handling and duty that are not paid are not due.
    #[default]
    Seller,
    /// The supplier gives back what was paid on them, and nothing more is owed.
    Supplier,
}

/// Purchase orders that never come.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LostLots {
    /// Chance that an order never comes. Orders of one day by routes of one name are all lost, or none is.
    pub share: Share,
    /// Who bears them.
    #[serde(default)]
    pub borne_by: BorneBy,
    /// Share of the seller's loss that an insurer pays, on the day on which the order was to come.
    #[serde(default)]
    pub insured: Share,
    /// Days from the day on which it was to come until the planner gives it up.
    #[serde(default)]
    pub learned_after_days: Duration,
}

/// A node of the chain, by name: in every supply model that has one of that name.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DisruptedNode {
    /// The routes with this `supplier`: all stages up to the last one in which goods are made, or the first stage where none are.
    Supplier(String),
    /// A `[[factory]]`: the stages in which its products are made, and its capacity.
    Factory(String),
    /// All stages of the routes of this name.
    Route(String),
    /// The stages of this name. The wait for a container has the name of the container.
    Stage(String),
    /// The locations of this name: what is on hand there, and what comes, ships when the location is up again.
    Location(String),
}

/// What becomes of new purchase orders while something that they would pass is down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WhileDown {
    /// They are placed, and wait where the node is.
    #[default]
    OrdersWait,
    /// They are not placed: the next review orders again, on that route or another. A one-time buy is placed, and waits.
    Refused,
}

/// A disruption that another one may set off.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SetsOff {
    /// Name of the disruption that is set off. It lasts as its own `days` say.
    pub disruption: String,
    /// Chance of it, each time that this one begins.
    pub probability: Share,
    /// Days from the beginning of this one to that of the other.
    #[serde(default)]
    pub after_days: Duration,
}

/// A working calendar.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Calendar {
    /// Name by which stages refer to it.
    pub name: String,
    /// Start from the closures of a built-in calendar.
    pub based_on: Option<String>,
    /// Closed on Saturdays and Sundays.
    #[serde(default)]
    pub weekends_closed: bool,
    /// Further closures.
    #[serde(default)]
    pub closed: Vec<ClosedDays>,
}

/// Days on which work stands still or is slower.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClosedDays {
    /// First day.
    pub from: OnDate,
    /// Last day, included.
    pub to: OnDate,
    /// Pace of work in between: 0 is closed, 0.5 half the usual.
    #[serde(default)]
    pub pace: Share,
}

/// A supply model.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Supply {
    /// Unique name of the model in tables, charts and keys.
    pub name: String,
    /// A supply model of `restock defaults` to start from.
    pub preset: Option<String>,
    /// Orders that their own location cannot serve may be served or covered by another.
    #[serde(default = "yes")]
    pub overflow: bool,
    /// Stock beyond what the policies of its locations ask for, in days of the product's mean demand, shared out by the locations' shares;
    /// negative: less. What `restock solve` and the comparison on equal terms add or take off.
    #[serde(default)]
    pub extra_stock_days: f64,
    /// Whether shoppers may pre-order in the windows of `demand.pre-order`: to compare pre-orders with backorders.
    #[serde(default = "yes")]
    pub pre_orders: bool,
    /// The key of `demand.pre-order` for this model alone: ordering for what is pre-ordered helps where the goods come before the date promised.
    pub sizes_order: Option<bool>,
    /// Whether customers send goods back, as `returns` of a product says: to compare a model with what it would be if nothing came back.
    #[serde(default = "yes")]
    pub returns: bool,
    /// Whether campaigns pause, as their `pause-below-cover-days` says: to compare with campaigns that never do.
    #[serde(default = "yes")]
    pub pause_campaigns: bool,
    /// How the customers of this model behave, laid over the scenario's `customers`: to compare promises or communication.
    pub customers: Option<Customers>,
    /// What the planner of this model knows, laid over the scenario's `planner`: to compare planners.
    pub planner: Option<Planner>,
    /// Its stocking locations.
    #[serde(default)]
    pub location: Vec<Location>,
    /// How it goes on from a date: a change of model, of shares, of policies or of routes.
    #[serde(default)]
    pub change: Vec<Change>,
}

/// A change of a supply model on a date, or with an event. What is built stays as it is; what changes is who serves whom, who orders, by which route and by
/// which policy. What is left at a location that closes is sold first, and its open purchase orders still arrive.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Change {
    /// The first day on which it holds; with `when` the latest. Absent: it comes with `when`, or never.
    pub on: Option<OnDate>,
    /// The event that brings it, on its own day in every replication and for every product. It is looked at in the morning, from the second measured
    /// day on, once the changes before it have been made.
    pub when: Option<ChangeWhen>,
    /// The name of a supply model of this file that supplies from then on: its locations are open, all others are closed.
    pub to: Option<String>,
    /// The same, of a supply model of `restock defaults`.
    pub preset: Option<String>,
    /// Locations that are closed from then on, by name.
    #[serde(default)]
    pub close: Vec<String>,
    /// Customers who wait at a location that closes wait at an open one from then on. Otherwise they stay as long as stock or an open
    /// purchase order there covers them.
    #[serde(default)]
    pub move_waiting: bool,
    /// As the key of the supply model. Absent: that of the model that supplies from then on.
    pub overflow: Option<bool>,
    /// Locations that are open from then on. Of one that the model has, by its name, only what changes: `share`, `policy`, `minimum-order`,
    /// `order-multiple`, `stop`, and further routes.
    #[serde(default)]
    pub location: Vec<Location>,
}

/// An event that brings a change of a supply model.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeWhen {
    /// Name of a location that the model has before: the change holds from the morning on which units of a purchase order arrive there, before they
    /// do. Bulk has landed.
    FirstReceipt(String),
    /// The change holds from the morning after the planners have seen so many units a day.
    DemandReaches(DemandReaches),
}

/// A level of demand, as the planners see it: orders of all locations together, without those who walk away.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DemandReaches {
    /// Units a day, on average over the last `over-days` days.
    pub mean_per_day: f64,
    /// Days over which they are averaged; all of them lie in the run.
    pub over_days: Duration,
}

/// A stock that serves customers.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Location {
    /// Unique name within the model.
    pub name: String,
    /// Share of shoppers served first from here. May be left out if the model has one location.
    pub share: Option<Share>,
    /// How orders reach the customer, and what that costs.
    pub delivery: Delivery,
    /// Price of a cubic metre, a month.
    pub storage_per_m3_month: f64,
    /// Factor on it in each month, January first.
    pub storage_month_factors: Vec<f64>,
    /// When its shoppers are served from another location, so that what is left here is kept.
    pub ship_from: Option<ShipFrom>,
    /// Name of the location of the supply model from whose stock it is replenished, by all routes that do not say it themselves. A name that no location has is
    /// that of a supplier who always has stock.
    pub supplied_from: Option<String>,
    /// Who comes first where its stock is not enough for its customers and for the locations that it supplies; absent: its own customers.
    pub allocation: Option<Allocation>,
    /// When and how much is ordered for this location.
    pub policy: Policy,
    /// Smallest order, in units.
    #[serde(serialize_with = "whole")]
    pub minimum_order: u64,
    /// Orders are whole multiples of this (a carton, say).
    #[serde(serialize_with = "whole")]
    pub order_multiple: u64,
    /// Where units go that customers send back: to stock, as far as they can be sold again, or all are liquidated.
    pub return_to: ReturnTo,
    /// Days from the return of a unit that can be sold again until it is on the shelf: with a consolidated shipment back to the origin, say.
    pub restock_days: Duration,
    /// Postage and handling of a unit that comes back.
    pub return_cost: f64,
    /// Share of the price that a unit brings which comes back and is not sold again.
    pub recovery: Share,
    /// Units at the start of the warm-up. Absent: the policy's own target.
    #[serde(serialize_with = "whole")]
    pub initial_on_hand: Option<u64>,
    /// What is on its way to it on the first day, of every product; then there is no warm-up. A `position` says more.
    #[serde(default)]
    pub initial_on_order: Vec<Arrival>,
    /// The base route first; further ones expedite.
    #[serde(default)]
    pub route: Vec<Route>,
    /// Routes by which nothing is ordered, by name: what a `change` stops, or starts by leaving it out here.
    #[serde(default)]
    pub stop: Vec<String>,
}

/// Which location serves the shoppers of another one while its stock covers too few days.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ShipFrom {
    /// On a day on whose morning, after receipts and those who wait, the stock on hand covers fewer days of the forecast than this, shoppers are served
    /// from the other location, as far as that has stock; 0 switches the rule off.
    pub below_cover_days: Duration,
    /// Name of the other location of the supply model. While it is closed the rule rests.
    pub instead: String,
}

/// Who gets stock that is not enough for all who wait for it at a location: customers, and other locations.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Allocation {
    /// Customers who wait at the location first, then other locations, whoever ordered first.
    OwnCustomers,
    /// Whoever ordered first, customer or location.
    Oldest,
    /// Each other location, and all customers together, get the same share of what they wait for.
    Proportional,
}

/// Where units go that customers send back.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReturnTo {
    /// Back on the shelf of the location that shipped them, if they can be sold again; the others are liquidated.
    Stock,
    /// Liquidated where they come to: they do not go back to the location.
    Liquidate,
}

/// A purchase order that is on its way on the first day.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Arrival {
    /// Units that are still to come.
    #[serde(serialize_with = "whole")]
    pub quantity: u64,
    /// Day on which it is expected.
    pub arrives: OnDate,
}

/// What there is on the first day of a run from today, the same for every supply model. Products and locations that are not named
/// have nothing.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Position {
    /// What stands on the shelves.
    #[serde(default)]
    pub stock: Vec<OpeningStock>,
    /// The same from a file, with the keys of an entry as columns.
    pub stock_file: Option<String>,
    /// Purchase orders that are on their way.
    #[serde(default)]
    pub order: Vec<OpenOrder>,
    /// The same from a file, with the keys of an entry as columns.
    pub order_file: Option<String>,
    /// Customers' orders that wait.
    #[serde(default)]
    pub backorder: Vec<OpenBackorder>,
    /// The same from a file, with the keys of an entry as columns.
    pub backorder_file: Option<String>,
    /// What is owed for goods that were received before.
    #[serde(default)]
    pub payable: Vec<Payable>,
    /// The same from a file, with the keys of an entry as columns.
    pub payable_file: Option<String>,
    /// Balance of the account in the morning of the first day, as `finance.opening-cash`.
    pub cash: Option<f64>,
    /// Regimes whose state is known. The others begin in one by chance.
    #[serde(default)]
    pub regime: Vec<OpeningRegime>,
    /// Surges that are under way. They decay as the product's `surge` says.
    #[serde(default)]
    pub surge: Vec<SurgeUnderWay>,
}

/// What is owed for goods that were received before the first day.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Payable {
    /// The SKU of the product; may be left out if there is one.
    pub product: Option<String>,
    /// The amount.
    pub amount: f64,
    /// Day on which it is paid.
    pub due: OnDate,
}

/// The state of a regime on the first day.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OpeningRegime {
    /// Name of the regime.
    pub name: String,
    /// Name of the state that it is in.
    pub state: String,
}

/// A surge that began before the first day.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SurgeUnderWay {
    /// The SKU of the product; may be left out if there is one.
    pub product: Option<String>,
    /// Day on which it began.
    pub began: OnDate,
    /// Factor on demand on that day: 8 is eight times the usual.
    pub peak_uplift: f64,
}

/// Stock on the shelf of a location.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OpeningStock {
    /// The SKU of the product; may be left out if there is one.
    pub product: Option<String>,
    /// The location; may be left out if there is one.
    pub location: Option<String>,
    /// Units on the shelf.
    #[serde(serialize_with = "whole")]
    pub on_hand: u64,
    /// What one of them has cost, landed. Absent: the product's `unit-cost`.
    pub unit_cost: Option<f64>,
    /// Units a day that the planner believes the product sells, at all locations. Absent: what its demand says.
    pub level: Option<f64>,
}

/// A purchase order that is on its way.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OpenOrder {
    /// The SKU of the product; may be left out if there is one.
    pub product: Option<String>,
    /// The location that it goes to; may be left out if there is one.
    pub location: Option<String>,
    /// The route that it takes. Absent: the location's base route.
    pub route: Option<String>,
    /// Units that are still to come.
    #[serde(serialize_with = "whole")]
    pub quantity: u64,
    /// Day on which it was placed. Absent: a mean lead time before it is expected.
    pub placed: Option<OnDate>,
    /// Day on which it is expected. Absent: what the route's stages say.
    pub arrives: Option<OnDate>,
    /// The stage that it is in. Absent: the one that follows from when it is expected, or else from when it was placed.
    pub stage: Option<String>,
    /// Days that it has been in that stage.
    pub days_in_stage: Option<Duration>,
    /// What has been paid for its goods, freight and duty apart. Absent: what the route's terms say.
    pub paid: Option<f64>,
}

impl From<Arrival> for OpenOrder {
    fn from(arrival: Arrival) -> Self {
        OpenOrder {
            product: None,
            location: None,
            route: None,
            quantity: arrival.quantity,
            placed: None,
            arrives: Some(arrival.arrives),
            stage: None,
            days_in_stage: None,
            paid: None,
        }
    }
}

/// A customer's order that waits.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OpenBackorder {
    /// The SKU of the product; may be left out if there is one.
    pub product: Option<String>,
    /// The location that is to ship it; may be left out if there is one.
    pub location: Option<String>,
    /// Units that wait.
    #[serde(serialize_with = "whole")]
    pub quantity: u64,
    /// Day of the order.
    pub ordered: OnDate,
    /// Shipping date that was promised. Absent: none was.
    pub promised: Option<OnDate>,
}

/// From the location to the customer's door.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Delivery {
    /// Days from shipping to the door.
    pub days: Distribution,
    /// Handling of an order in the warehouse.
    #[serde(default)]
    pub pick_and_pack: f64,
    /// Postage or line haul of an order.
    #[serde(default)]
    pub per_order: f64,
    /// Postage by chargeable weight.
    #[serde(default)]
    pub per_kg: f64,
    /// Cubic centimetres that are charged as a kilogram; 0 for real weight alone.
    pub dimensional_divisor: f64,
    /// Customs clearance of a parcel.
    #[serde(default)]
    pub clearance_per_order: f64,
    /// Duty is paid on each parcel when it ships, not on the way in.
    #[serde(default)]
    pub duty_per_order: bool,
    /// Parcels that customers do not get.
    pub lost: Option<LostParcels>,
}

/// Parcels that are lost on the way to customers.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LostParcels {
    /// Share of the units shipped.
    pub share: Share,
    /// What customers get in their place.
    #[serde(default)]
    pub remedy: Remedy,
    /// Days from shipping until they do.
    #[serde(default = "fortnight")]
    pub after_days: Duration,
}

/// What customers get for a parcel that was lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Remedy {
    /// Another unit, before anybody else; the price, if none is on hand.
    #[default]
    Reship,
    /// The price.
    Refund,
}

/// An assumption: a parcel is given up when it is a week late, and the customer has written.
fn fortnight() -> Duration {
    Duration(14.0)
}

/// When and how much to order. Levels are inventory positions in units.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// Order up to the level every day.
    BaseStock(BaseStock),
    /// The (s, S) policy.
    MinMax(MinMax),
    /// The (r, nQ) policy.
    ReorderQuantity(ReorderQuantity),
    /// Periodic order-up-to, with a level in units or a safety stock on top of the forecast.
    OrderUpTo(OrderUpTo),
    /// Up to so many days of forecast demand.
    DaysOfCover(DaysOfCover),
    /// A single order.
    OneTime(OneTime),
    /// Two order-up-to levels over two routes, in units or in days of the forecast.
    DualIndex(DualIndex),
    /// Tailored base surge: a steady order on the base route, in units or as a share of the forecast, and the expedite route up to a level.
    BaseSurge(BaseSurge),
}

/// An order-up-to level that is looked at every day.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BaseStock {
    /// Inventory position up to which is ordered, in units.
    pub level: i64,
}

/// The (s, S) policy: at or below a point, order up to a level.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MinMax {
    /// Orders when the position is at or below.
    pub reorder_point: i64,
    /// Inventory position up to which is ordered, in units.
    pub order_up_to: i64,
    /// Days between two reviews.
    #[serde(default = "daily")]
    pub review_days: Duration,
    /// When the planner orders between reviews.
    pub react: Option<React>,
}

fn daily() -> Duration {
    Duration(1.0)
}

/// The (r, nQ) policy: at or below a point, order whole lots.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ReorderQuantity {
    /// Orders when the position is at or below.
    pub reorder_point: i64,
    /// Size of a lot, in units.
    #[serde(serialize_with = "whole")]
    pub quantity: u64,
    /// Days between two reviews.
    #[serde(default = "daily")]
    pub review_days: Duration,
    /// When the planner orders between reviews.
    pub react: Option<React>,
}

/// Periodic order-up-to: at each review, order up to a level.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OrderUpTo {
    /// Days between two reviews.
    pub review_days: Duration,
    /// Give this or `safety-stock`.
    pub level: Option<i64>,
    /// Give this or `level`.
    pub safety_stock: Option<SafetyStock>,
    /// The safety stock is that of all locations' demand together, held here.
    #[serde(default)]
    pub pooled: bool,
    /// When the planner orders between reviews.
    pub react: Option<React>,
}

/// An extra review, some days after the inventory position has fallen below a cover.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct React {
    /// Days of forecast demand, or `"lead-time"` for those of the expected lead time.
    pub cover_below: CoverBelow,
    /// Days until somebody has noticed, decided and ordered; rounded half up, 0 is the same evening.
    pub latency: Distribution,
}

/// Stock kept beyond the forecast.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SafetyStock {
    /// Cycle service level of the textbook formula.
    ServiceLevel(Share),
    /// Days of forecast demand.
    Days(Duration),
    /// A fixed number of units.
    Units(#[serde(serialize_with = "whole")] u64),
}

/// Periodic orders, up to a cover of the forecast.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DaysOfCover {
    /// Days between two reviews.
    pub review_days: Duration,
    /// Days of forecast demand that stock and open orders are to cover.
    pub days: Duration,
    /// When the planner orders between reviews.
    pub react: Option<React>,
}

/// A single order, without reviews.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OneTime {
    /// Units ordered.
    #[serde(serialize_with = "whole")]
    pub quantity: u64,
    /// Day on which the order is placed.
    pub date: OnDate,
}

/// Two order-up-to levels: one of the base route, one of the expedite route. Each is given in units, or in days of forecast demand.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DualIndex {
    /// Inventory position up to which the base route is used, in units. Give this or `regular-cover-days`.
    pub regular: Option<i64>,
    /// The same in days of forecast demand. Give this or `regular`.
    pub regular_cover_days: Option<Duration>,
    /// What arrives within the expedite route's lead time is lifted up to this level, in units. Give this or `expedite-cover-days`.
    pub expedite: Option<i64>,
    /// The same in days of forecast demand. Give this or `expedite`.
    pub expedite_cover_days: Option<Duration>,
    /// Days between two reviews.
    #[serde(default = "daily")]
    pub review_days: Duration,
    /// When the planner orders between reviews.
    pub react: Option<React>,
}

/// A steady order on the base route, topped up by the expedite route: in units, or following the forecast.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BaseSurge {
    /// Units ordered on the base route at each review. Give this or `base-share`.
    #[serde(serialize_with = "whole")]
    pub quantity: Option<u64>,
    /// Share of the demand that is forecast for the review interval that begins when the order is expected. Give this or `quantity`.
    pub base_share: Option<Share>,
    /// Level up to which the expedite route is used, in units: of what is there, and what arrives within its lead time. Give this or
    /// `expedite-cover-days`.
    pub expedite: Option<i64>,
    /// The same in days of forecast demand. Give this or `expedite`.
    pub expedite_cover_days: Option<Duration>,
    /// Days between two reviews.
    #[serde(default = "daily")]
    pub review_days: Duration,
    /// When the planner orders between reviews.
    pub react: Option<React>,
}

/// One way from a manufacturer to a location.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Route {
    /// Unique name within the location.
    pub name: String,
    /// Who makes the goods, by a name of your own: disruptions can name it.
    pub supplier: Option<String>,
    /// Location from whose stock the goods come, by its name; absent: they are bought. What comes from a location is not paid once more, but has freight,
    /// handling and duty of its own, and waits there as long as there is no stock.
    pub from: Option<String>,
    /// The steps, in order.
    #[serde(default)]
    pub stage: Vec<Stage>,
    /// Orders may overtake each other.
    pub order_crossing: bool,
    /// How the goods are paid. Shares add up to 100 %.
    pub terms: Vec<Term>,
    /// Inbound freight; the parts add up.
    pub freight: Freight,
    /// The container that goods wait for, by its name: its price takes the place of `per-container` of the freight. Planners and promises count on the
    /// longest wait.
    pub container: Option<String>,
    /// Stage after which goods wait for it; absent: that in which goods are made.
    pub loaded_after: Option<String>,
    /// Stage at whose end freight is paid; absent: receipt.
    pub freight_at: Option<String>,
    /// Drayage, unloading and receiving, paid at receipt; the parts add up.
    #[serde(default)]
    pub handling: Handling,
    /// Duty rate on the unit cost, by date of entry.
    #[serde(default)]
    pub duty: Vec<DutyStep>,
    /// Stage at whose end goods enter and duty is owed; absent: receipt.
    pub duty_at: Option<String>,
    /// Days from entry to the payment of duty and fees: the statement.
    pub duty_days_later: Duration,
    /// Share of the unit cost on which duty is owed; less than 100 % on a first sale.
    pub dutiable_share: Share,
    /// Fees of a customs entry besides the duty.
    #[serde(default)]
    pub entry_fees: EntryFees,
    /// Added to the unit cost on this route.
    pub unit_cost_premium: Share,
    /// What larger lots cost and how long they are made, on the base route. The route itself is that of the smallest lots.
    #[serde(default)]
    pub lot_curve: Vec<LotStep>,
    /// Orders that never come.
    pub lost: Option<LostLots>,
    /// When this route is used besides the base route.
    pub expedite: Option<Expedite>,
}

/// What goods are worth that have been on hand for some time, up to the next step.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SalvageStep {
    /// Days on hand.
    pub from: Duration,
    /// Share of the landed cost.
    pub salvage: Share,
}

/// A step of a lot curve: it holds for lots of so many units and more, up to the next step.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LotStep {
    /// Fewest units of a lot.
    #[serde(serialize_with = "whole")]
    pub from: u64,
    /// Factor on the days of the stages in which goods are made.
    pub production_time: f64,
    /// Added to the unit cost, in place of the route's own `unit-cost-premium`.
    pub unit_cost_premium: Share,
}

/// A step of a route.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Stage {
    /// The stage's name; the same name on the same day has the same draw in every supply model.
    pub name: String,
    /// How long it takes.
    pub days: Distribution,
    /// A further delay that happens sometimes.
    pub late: Option<Late>,
    /// Calendar that stops it.
    pub calendar: Option<String>,
    /// State of the world that stretches it.
    pub regime: Option<String>,
    /// Share of the lot that is scrapped here.
    pub scrap: Option<Distribution>,
    /// Goods are made here, so the factory's capacity applies. Default: the stage named `Production`.
    pub production: Option<bool>,
    /// Where the goods are meanwhile, for the split of capital. Default: in production until the goods are made,
    /// in transit after that.
    pub goods_are: Option<GoodsAre>,
}

/// Where goods on order are.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GoodsAre {
    /// Being made.
    InProduction,
    /// Finished, at the factory or at a hub beside it.
    AtFactory,
    /// On the way between places, customs included.
    InTransit,
}

/// A delay that happens to some orders only.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Late {
    /// Share of orders that are late.
    pub probability: Share,
    /// How much longer the stage takes for them.
    pub days: Distribution,
}

/// Part of the price of the goods.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Term {
    /// Share of the price of the goods.
    pub share: Share,
    /// `"order"`, `"receipt"`, or the name of a stage at whose end it is due.
    pub at: String,
    /// Days after that.
    #[serde(default)]
    pub days_later: Duration,
}

/// Inbound freight.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Freight {
    /// Price of moving one unit.
    pub per_unit: Option<f64>,
    /// By chargeable weight.
    pub per_kg: Option<f64>,
    /// Cubic centimetres that are charged as a kilogram; 0 for real weight alone.
    pub dimensional_divisor: f64,
    /// Price of a container.
    pub per_container: Option<f64>,
    /// Usable volume of the container.
    pub container_m3: Option<f64>,
    /// Share of it that is filled.
    pub fill: Option<Share>,
    /// Weight that it may carry.
    pub payload_kg: f64,
    /// What goods pay that do not fill a container.
    pub partial_container: PartialContainer,
}

/// What goods pay that do not fill a container.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PartialContainer {
    /// Their share of one that other goods fill.
    Shared,
    /// A whole one.
    Whole,
    /// Less than container load, and never more than a whole one.
    PerM3(f64),
}

/// From the port to the shelf.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Handling {
    /// Price of a purchase order, whatever its size.
    pub per_purchase_order: Option<f64>,
    /// Partial containers pay their share.
    pub per_container: Option<f64>,
    /// Price of a cubic metre.
    pub per_m3: Option<f64>,
    /// Price of one unit.
    pub per_unit: Option<f64>,
}

/// Fees of a customs entry.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EntryFees {
    /// A share of the value between bounds: in the US the merchandise processing fee.
    pub processing: Option<Processing>,
    /// A share of the value: in the US the harbor maintenance fee, by sea only.
    pub harbor: Option<Share>,
    /// The broker's, an entry.
    pub broker: Option<f64>,
}

/// A fee that is a share of the value, between two bounds.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Processing {
    /// Share of the value entered.
    pub share: Share,
    /// Least fee of an entry.
    pub least: f64,
    /// Largest fee of an entry.
    pub most: f64,
}

/// A duty rate and the day from which it is in force.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DutyStep {
    /// First day of the rate.
    pub from: OnDate,
    /// Share of the dutiable value.
    pub rate: Share,
}

/// Trigger of an expedite route: a cover, or money.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Expedite {
    /// Used when what is at hand within this route's lead time covers fewer days than this.
    pub below_days_of_cover: Option<Duration>,
    /// Orders up to so many days of cover.
    pub up_to_days: Option<Duration>,
    /// In place of the two: what must hold.
    pub when: Option<ExpediteWhen>,
    /// In place of these: the share of every order of the base route that goes by this route. A purchase order that is split.
    pub share_of_order: Option<Share>,
    /// Days from the evening on which the trigger is first met until the order is placed, rounded half up. Without it the trigger is
    /// looked at on reviews only.
    pub latency: Option<Distribution>,
}

/// A trigger by money.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExpediteWhen {
    /// Orders as much as is expected to save more margin, of sales lost to the wait, than it costs more than the base route.
    MarginSavedExceedsCost,
}
