//! The meanings of headings of stock lists, in the words of common programs and several languages.

use std::{collections::HashMap, sync::LazyLock};

use super::rules::ImportMode;
use crate::kernel::text;

/// What the cells below a heading contain, judging by the words of the heading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// SKU codes: the heading has a word for them.
    Sku,
    /// Codes of products or articles, which may be SKU codes.
    Code,
    /// Other identifying numbers (barcodes, ids), which some shops use as SKU codes.
    OtherCode,
    /// Counted units.
    Counted,
    /// Units to add to the stock or, if negative, to take from it.
    Change,
    Quantity,
    Stock,
    /// The units that were on record before a count.
    Book,
    Note,
    /// Something known that an import does not use, such as a name or a price.
    Other,
    Unknown,
}

impl Meaning {
    pub(super) fn is_code(self) -> bool {
        matches!(self, Self::Sku | Self::Code | Self::OtherCode)
    }

    /// Returns whether the cells are numbers of units, counted or not.
    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Counted | Self::Change | Self::Quantity | Self::Stock | Self::Book)
    }

    /// Returns how well cells with this meaning serve as the numbers of an import of this mode (counts or differences):
    /// 2 well, 1 perhaps, 0 not at all.
    pub(super) fn fits(self, mode: ImportMode) -> u8 {
        match (mode, self) {
            (ImportMode::Count, Self::Counted) | (ImportMode::Difference, Self::Change) => 2,
            (ImportMode::Count, Self::Quantity | Self::Stock) | (ImportMode::Difference, Self::Quantity) => 1,
            _ => 0,
        }
    }

    /// Returns whether cells with this meaning contradict the mode: differences in an import of counts, or counts in an
    /// import of differences.
    pub(super) fn fits_other(self, mode: ImportMode) -> bool {
        match mode {
            ImportMode::Count => self == Self::Change,
            ImportMode::Difference => matches!(self, Self::Counted | Self::Stock),
        }
    }
}

/// The headings that mean [`Meaning::Sku`], in the form that [`plain`] returns; those of the other meanings follow
/// below.
const SKU: &str = "sku skucode skuno skunumber skus variantsku productsku itemsku sellersku merchantsku vendorsku \
    skuref skureference variationsku childsku variantcode variationcode defaultcode internalreference internalref \
    itemcode itemno itemnumber stockcode stockkeepingunit combinationreference sku编码 sku编号 sku代码 sku码 sku货号 \
    商家编码 商家sku 商家sku编码 sku商家编码 商家规格编码 规格编码 规格商家编码 规格代码 规格货号 商品规格编码 卖家编码 \
    卖家sku 外部编码 商家外部编码 外部sku编码 单品编码 单品货号";
const CODE: &str = "code productcode productnumber productno productreference reference ref referencenumber article \
    articlecode articlenumber articleno partnumber partno partcode materialnumber materialcode modelnumber mpn \
    artikelnummer artikelnr artnr artikel artikelcode bestellnummer référence réf référenceproduit codearticle \
    codeproduit referencia código códigoproducto códigodeproducto códigodelproducto codice codicearticolo \
    codiceprodotto códigodoproduto códigoproduto 编码 编号 代码 货号 商品货号 商品编号 商品编码 商品代码 货品编号 货品编码 \
    货品代码 物料编号 物料编码 物料代码 物料号 存货编号 存货编码 产品编号 产品编码 产品代码 款号 款式编码 料号 品号 \
    商品コード 品番 商品番号 型番";
const OTHER_CODE: &str = "id productid variantid itemid skuid barcode variantbarcode itembarcode ean ean13 ean8 gtin \
    gtin13 upc isbn asin eancode eanbarcode parentsku parent handle asinisbn 条码 条形码 商品条码 商品条形码 国际条码 69码 \
    国条码 商品id 规格id 宝贝id 货品id 产品id jan janコード バーコード strichcode codebarre codebarres códigodebarras";
const COUNTED: &str = "count counted countqty countquantity countedqty countedquantity countedstock quantitycounted \
    qtycounted actual actualcount actualcounted actualqty actualquantity actualstock actualonhand physical \
    physicalcount physicalqty physicalquantity physicalstock physicalinventory physicalonhand newcount newqty \
    newquantity newstock newonhand newinventory newlevel onhandnew availablenew stockcount stockcounted stocktake \
    inventorycount inventoryquantity inventoriedquantity realquantity realqty realstock cyclecount countresult \
    recount finalcount finalquantity setto setquantity setstock stocknew quantitynew qtynew 盘点 盘点数 盘点数量 盘点量 \
    盘点库存 盘点结果 盘点后数量 盘点后库存 盘后数量 盘存数 盘存数量 实盘 实盘数 实盘数量 实盘量 实盘库存 实际 实际数 \
    实际数量 实际库存 实际库存数 实际库存数量 实际盘点数 实际盘点数量 实存 实存数 实存数量 实有数 实有数量 实点 实点数 \
    实点数量 实数 实物数量 清点 清点数 清点数量 点数 点货数量 现场数量 新库存 新数量 修改后库存 修改后数量 调整后库存 \
    调整后数量 更新后库存 更新后数量 最终库存 最终数量 初盘 初盘数量 复盘 复盘数量 设置库存 gezählt zählmenge \
    gezähltemenge zählbestand istbestand istmenge inventurmenge inventurbestand neuerbestand comptage compté \
    quantitécomptée quantitéréelle stockréel stockphysique nouveaustock contado contada recuento conteo \
    cantidadcontada cantidadreal cantidadfísica stockfísico stockreal conteggio contato quantitàcontata \
    giacenzareale contagem quantidadecontada estoquereal estoquefísico 棚卸数 棚卸数量 実棚数 実棚 実在库 実数";
const CHANGE: &str = "difference diff delta change changeqty changequantity changeby qtychange quantitychange \
    stockchange inventorychange quantitydifference qtydifference stockdifference adjustment adjust adjustby adjustqty adjustquantity adjustedquantity \
    adjustmentqty adjustmentquantity quantityadjustment qtyadjustment stockadjustment inventoryadjustment variance \
    movement movementquantity moveqty received receivedqty receivedquantity qtyreceived quantityreceived receivedunits \
    unitsreceived receipt receiptqty receiptquantity accepted acceptedqty acceptedquantity qtyaccepted arrived \
    arrivedqty arrivedquantity incoming incomingqty incomingquantity delivered deliveredqty deliveredquantity \
    qtydelivered quantitydelivered delivery shipped shippedqty shippedquantity qtyshipped quantityshipped added add \
    addqty addquantity addition restock restocked restockqty restockquantity qtydone quantitydone done 增减 增减数 \
    增减数量 增减量 增减库存 变动 变动数 变动数量 变动量 变化 变化量 变更数量 入库 入库数 入库数量 入库量 本次入库 \
    本次入库数量 实际入库 实际入库数 实际入库数量 实入数量 到货 到货数 到货数量 到货量 本次到货 收货 收货数 收货数量 \
    收货量 本次收货数量 实收 实收数 实收数量 实收量 实到 实到数 实到数量 进货 进货数 进货数量 进货量 调整 调整数 调整数量 \
    调整量 库存调整 库存增减 库存变动 增加数量 增加库存 补货 补货数 补货数量 补货量 差异 差异数 差异数量 差异量 盘点差异 \
    差额 差数 盈亏 盈亏数 盈亏数量 盘盈盘亏 盘盈亏 盘亏盘盈 zugang zugänge wareneingang eingang differenz veränderung \
    änderung bestandsänderung korrektur geliefert liefermenge geliefertemenge erhalten reçu reçus \
    quantitéreçue réception livré quantitélivrée variation différence écart ajustement recibido recibidos \
    cantidadrecibida diferencia variación ajuste entrada ricevuto ricevuti quantitàricevuta differenza variazione \
    rettifica recebido quantidaderecebida diferença variação 入荷数 入荷数量 増减 増减数";
const QUANTITY: &str = "quantity qty quantities number num pcs pieces units amount qtys 数量 件数 数目 个数 总数 总数量 \
    商品数量 货品数量 产品数量 menge anzahl stück stückzahl stk quantité qté qte nombre cantidad cant unidades quantità \
    qta qtà quantidade qtd qtde";
const STOCK: &str = "stock stocks stockqty stockquantity stocklevel stockonhand quantityinstock qtyinstock \
    stockstatusquantity inventory inventoryqty inventorylevel inventoryavailable variantinventoryqty \
    variantinventoryquantity onhand onhandqty onhandquantity quantityonhand qtyonhand available availableqty \
    availablequantity availablestock qtyavailable quantityavailable balance balanceqty closingstock freestock \
    salablequantity sourceqty 库存 库存数 库存数量 库存量 可售 可售库存 可售数 可售数量 可用库存 可用数 可用数量 现货 \
    现货库存 现货数量 商品库存 sku库存 规格库存 总库存 宝贝数量 实物库存 门店库存 仓库库存 在库 在库数 在库数量 结存 结存数量 余量 \
    bestand lagerbestand lagermenge lager warenbestand existencias existencia inventario stockdisponible \
    enstock giacenza disponibilità disponible estoque";
const BOOK: &str = "stocknow currentstock currentqty currentquantity currentinventory currentcount onhandcurrent \
    availablecurrent bookqty bookquantity bookstock systemqty systemquantity systemstock systemcount expected \
    expectedqty expectedquantity expectedcount theoretical theoreticalqty theoreticalquantity oldqty oldquantity \
    oldstock oldcount previousqty previousquantity previousstock openingstock recordedqty recordedquantity \
    recordedstock 现有库存 现存 现存量 现存数量 当前库存 当前数量 当前库存数 当前库存数量 账面 账面数 账面数量 账面库存 \
    账面库存数量 账存 账存数 账存数量 系统库存 系统数 系统数量 原库存 原数量 原有库存 修改前库存 修改前数量 调整前库存 \
    调整前数量 盘点前库存 盘点前数量 盘前库存 盘前数量 理论库存 理论数量 应有库存 应有数量 应盘数量 sollbestand \
    buchbestand alterbestand stockthéorique quantitéthéorique stockactuel cantidadteórica stockteórico stockactual \
    existenciaactual 账簿数 账簿在库 理论在库 现在库";
const NOTE: &str = "note notes remark remarks comment comments memo linenote 备注 备注说明 说明 附注 摘要 注释 \
    行备注 bemerkung bemerkungen notiz kommentar anmerkung remarque remarques commentaire commentaires observaciones \
    observación nota notas comentario comentarios osservazioni observações 备考";
const OTHER: &str = "name title product item description productname itemname options option variant location \
    warehouse bin shelf category brand type unit uom committed unavailable hscode coo status instock \
    manufacturer supplier vendor tags published active enabled featured isfeatured onsale visibility condition \
    backordersallowed soldindividually allowcustomerreviews lowstockamount lowstocklevel minimalquantity \
    availablefororder supplierreference isinstock outofstockqty outofstockquantity productonline taxclass reserved \
    reservedqty reservedquantity allocated allocatedqty moq packsize casepack 商品 商品名 商品名称 名称 品名 标题 宝贝标题 规格 规格名称 型号 颜色 尺码 \
    尺寸 单位 类目 分类 品牌 仓库 库位 货位 货架 供应商 状态 商品信息 bezeichnung lagerort désignation nombreproducto \
    descripción producto";
/// Words whose presence in a heading means that its cells are not numbers of units.
const OTHER_WORDS: &[&str] = &[
    "price",
    "cost",
    "value",
    "tax",
    "vat",
    "weight",
    "grams",
    "length",
    "width",
    "height",
    "date",
    "time",
    "year",
    "line",
    "row",
    "no",
    "position",
    "min",
    "max",
    "minimum",
    "maximum",
    "reorder",
    "rate",
    "id",
    "preis",
    "prix",
    "precio",
    "gewicht",
    "barcode",
    "ean",
    "phone",
    "config",
    "increments",
    "backorders",
    "decimal",
    "notify",
    "manage",
    "website",
    "sales",
    "discount",
    "rank",
];
const OTHER_SIGNS: &[&str] = &[
    "价",
    "金额",
    "成本",
    "重量",
    "体积",
    "条码",
    "日期",
    "时间",
    "行号",
    "序号",
    "电话",
    "税",
    "预警",
    "安全库存",
    "上限",
    "下限",
    "占用",
    "锁定",
    "销量",
    "预占",
    "冻结",
    "在途",
    "限购",
];

/// Returns whether this is a known heading of a stock list.
pub(super) fn is_known(heading: &str) -> bool {
    meaning(heading) != Meaning::Unknown
}

static KNOWN: LazyLock<HashMap<&'static str, Meaning>> = LazyLock::new(|| {
    let lists = [
        (Meaning::Sku, SKU),
        (Meaning::Code, CODE),
        (Meaning::OtherCode, OTHER_CODE),
        (Meaning::Counted, COUNTED),
        (Meaning::Change, CHANGE),
        (Meaning::Quantity, QUANTITY),
        (Meaning::Stock, STOCK),
        (Meaning::Book, BOOK),
        (Meaning::Note, NOTE),
        (Meaning::Other, OTHER),
    ];
    lists.into_iter().flat_map(|(meaning, words)| words.split_whitespace().map(move |word| (word, meaning))).collect()
});

/// Returns what a heading means; [`Meaning::Unknown`] if it is not recognized.
pub(super) fn meaning(heading: &str) -> Meaning {
    let folded = folded(heading);
    let whole = alphanumeric(&folded);
    if whole.is_empty() {
        return Meaning::Unknown;
    }
    // "数量(件)", "Quantity [pcs]"; "On hand (new)" is known as a whole.
    let outside = alphanumeric(&without_brackets(&folded));
    // "product_variant_ids/default_code": some programs export nested fields with their path.
    let last = folded.rsplit('/').next().map(alphanumeric).unwrap_or_default();
    if let Some(meaning) = [whole, outside, last].iter().find_map(|plain| KNOWN.get(plain.as_str())) {
        return *meaning;
    }
    let mut words = folded.split(|c: char| !c.is_alphanumeric());
    let is_other =
        words.any(|word| OTHER_WORDS.contains(&word)) || OTHER_SIGNS.iter().any(|sign| folded.contains(sign));
    if is_other { Meaning::Other } else { Meaning::Unknown }
}

/// Returns a heading in the form in which headings are compared: half-width, lower case, simplified Chinese characters,
/// no spaces and signs.
pub(super) fn plain(heading: &str) -> String {
    alphanumeric(&folded(heading))
}

/// Returns a heading folded by [`text::fold`], in lower case and with simplified Chinese characters.
fn folded(heading: &str) -> String {
    text::fold(heading).chars().flat_map(char::to_lowercase).map(simplified).collect()
}

fn alphanumeric(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn without_brackets(text: &str) -> String {
    let mut depth = 0_usize;
    let mut rest = String::new();
    for c in text.chars() {
        match c {
            '(' | '[' | '{' | '【' => depth += 1,
            ')' | ']' | '}' | '】' => depth = depth.saturating_sub(1),
            c if depth == 0 => rest.push(c),
            _ => {}
        }
    }
    rest
}

/// Traditional Chinese characters that occur in headings, each followed by its simplified form.
const TRADITIONAL: &str = "數数庫库盤盘點点編编號号碼码貨货實实際际異异調调變变動动減减規规條条單单價价備备註注說说賣卖\
    帳账賬账現现餘余額额損损進进產产稱称類类別别總总個个倉仓後后訂订購购銷销鎖锁預预結结補补無无當当虧亏賣卖廠厂應应\
    論论檢检標标題题寶宝顏颜體体積积增增間间時时電电話话稅税";

/// Returns the simplified form of a traditional character, and any other character as it is.
fn simplified(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    let mut signs = TRADITIONAL.chars();
    while let (Some(traditional), Some(simplified)) = (signs.next(), signs.next()) {
        if traditional == c {
            return simplified;
        }
    }
    c
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_of_other_programs_are_known() {
        use Meaning::*;
        for (heading, expected) in [
            ("SKU", Sku),
            ("ＳＫＵ", Sku),
            ("Variant SKU", Sku),
            ("default_code", Sku),
            ("product_variant_ids/default_code", Sku),
            ("Reference #", Code),
            ("商家编码", Sku),
            ("SKU 編碼", Sku),
            ("商品編號", Code),
            ("貨號", Code),
            ("Product ID", OtherCode),
            ("Counted Quantity", Counted),
            ("On hand (new)", Counted),
            ("On hand (current)", Book),
            ("inventory_quantity", Counted),
            ("盤點數量", Counted),
            ("实盘数", Counted),
            ("實盤數量", Counted),
            ("Received Quantity", Change),
            ("调整数量", Change),
            ("差異", Change),
            ("数量（件）", Quantity),
            ("數量", Quantity),
            ("Qty.", Quantity),
            ("Quantity *", Quantity),
            ("Variant Inventory Qty", Stock),
            ("库存数量", Stock),
            ("可售库存", Stock),
            ("Bestand", Stock),
            ("Current stock", Book),
            ("帳面數", Book),
            ("备注", Note),
            ("Unit price", Other),
            ("In stock?", Other),
            ("use_config_min_qty", Other),
            ("Backorders allowed?", Other),
            ("预占库存", Other),
            ("成本价", Other),
            ("Zählung", Unknown),
            ("Ordered Qty", Unknown),
            ("", Unknown),
            ("***", Unknown),
        ] {
            assert_eq!(meaning(heading), expected, "{heading}");
        }
    }

    #[test]
    fn no_word_has_two_meanings_and_each_is_written_as_it_is_compared() {
        let lists = [SKU, CODE, OTHER_CODE, COUNTED, CHANGE, QUANTITY, STOCK, BOOK, NOTE, OTHER];
        let mut seen = std::collections::HashSet::new();
        for word in lists.iter().flat_map(|words| words.split_whitespace()) {
            assert!(seen.insert(word), "{word} stands twice");
        }
        for word in seen {
            assert_eq!(meaning(word), meaning(&plain(word)), "{word}");
            assert_ne!(meaning(&plain(word)), Meaning::Unknown, "{word}");
        }
    }
}
