/* The steps of a shop, and the names that its events go by in well-known vocabularies (Segment, GA4, Klaviyo and
 * others). Names are compared by their letters and digits alone, digits at the end aside: "Order Completed" is
 * order_completed, product1 is product. */
#include <string.h>

#include "study/auto.h"

enum { LIST, ITEM, CART, CHECKOUT, PAYMENT, PURCHASE, KINDS, MOST_NAME = 48 };

static const struct {
  int kind;
  const char *names;
} vocabulary[] = {
    {LIST,
     " catalog catalogue viewitemlist viewlist listview productlist productlistviewed productlistview viewcategory "
     "categoryview categoryviewed viewedcategory "},
    {ITEM, " product productview productviewed viewproduct viewedproduct viewitem itemview itemviewed viewcontent "
           "productpage productdetail "},
    {CART, " cart addtocart addedtocart cartadd productadded itemadded additemtocart addproducttocart "},
    {CHECKOUT, " checkout checkoutstart checkoutstarted startcheckout startedcheckout begincheckout checkoutbegin "
               "initiatecheckout initiatedcheckout deliverychoice "},
    {PAYMENT, " paymentinfo addpaymentinfo paymentinfoentered paymentchoice checkoutpayment paymentmethod "
              "paymentselected "},
    {PURCHASE, " purchase purchased order ordered ordercompleted completedorder orderplaced placedorder placeorder "
               "orderpaid transaction paymentdone checkoutcompleted completedpurchase "},
};

/* " name " in lower case; empty when it is too long. */
static void normalise(const char *s, size_t n, char out[MOST_NAME + 3]) {
  size_t length = 0;
  out[length++] = ' ';
  for (size_t i = 0; i < n && length <= MOST_NAME; i++) {
    char c = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] + 32) : s[i];
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80)) out[length++] = c;
  }
  while (length > 1 && out[length - 1] >= '0' && out[length - 1] <= '9') length--;
  if (length > MOST_NAME || length == 1)
    length = 0;
  else
    out[length++] = ' ';
  out[length] = '\0';
}

static int kind_of(const char *s, size_t n) {
  char name[MOST_NAME + 3];
  normalise(s, n, name);
  if (!*name) return KINDS;
  for (size_t i = 0; i < sizeof vocabulary / sizeof *vocabulary; i++) {
    if (strstr(vocabulary[i].names, name)) return vocabulary[i].kind;
  }
  return KINDS;
}

bool jn_study_is_purchase(const char *name, size_t n) { return kind_of(name, n) == PURCHASE; }

static void put_kind(const journey_study *study, const uint8_t *kinds, int kind, jn_base_text *out) {
  bool first = true;
  for (uint32_t code = 0; code < study->events.count; code++) {
    if (kinds[code] != kind) continue;
    size_t n;
    const char *name = jn_base_dictionary_string(study->columns->names, code, &n);
    if (!first) jn_base_text_put(out, "|");
    jn_study_put_name(out, name, n);
    first = false;
  }
}

/* Lists and items are two doors to the same room: the step is the one whose commonest event reaches more customers. */
static void choose_view(int64_t most[KINDS]) {
  if (most[LIST] >= most[ITEM])
    most[ITEM] = 0;
  else
    most[LIST] = 0;
}

journey_status jn_study_propose_known(const journey_study *study, jn_study_arena *scratch, const jn_study_reach *reach,
                                      jn_base_text *steps, jn_base_text *goal) {
  int64_t most[KINDS + 1] = {0}; /* customers of a kind's commonest event */
  int known = 0, last = 0;
  uint8_t *kinds = jn_study_take(scratch, study->events.count, 1);
  if (!kinds) return JOURNEY_ENOMEM;
  for (uint32_t code = 0; code < study->events.count; code++) {
    size_t n;
    const char *name = jn_base_dictionary_string(study->columns->names, code, &n);
    int kind = kind_of(name, n);
    kinds[code] = (uint8_t)kind;
    if (reach[code].customers > most[kind]) most[kind] = reach[code].customers;
  }
  choose_view(most);
  for (int kind = 0; kind < KINDS; kind++) {
    if (most[kind]) known++, last = kind;
  }
  if (known < 2) return JOURNEY_OK;
  for (int kind = 0; kind < KINDS; kind++) {
    if (!most[kind]) continue;
    if (steps->length) jn_base_text_put(steps, ", ");
    put_kind(study, kinds, kind, steps);
  }
  put_kind(study, kinds, last, goal);
  return steps->status ? steps->status : goal->status;
}
