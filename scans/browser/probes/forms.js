// Which e-mail fields the browser itself lets through empty or with nonsense in them. Nothing of the page is touched: each field is
// built again in a document of its own that has no scripts, no listeners and no network, and is asked there. So no event of ours
// reaches the page, and nothing can be sent.
const MOST_FORMS = 20, MOST_FIELDS = 40, MOST_SAID = 20, LABEL_LIMIT = 120, MALFORMED = "not-an-e-mail";
const TYPED = /^(?:text|email|search|url|tel|)$/;
const UNTYPED = /^(?:hidden|submit|button|reset|image)$/;
const RULES = ["required", "pattern", "minlength", "maxlength", "multiple", "min", "max", "step"];
const EMAIL = new RegExp([
  "e-?mail|courriel|mél\\b|correo|posta elettronica|e-?post(?:a|adresse|adress)?\\b|sähköposti|ηλεκτρονικ|почт|имейл|emel\\b|邮箱|邮件|電子郵件|信箱",
  "メール|이메일|البريد|אימייל|אי-?מייל|อีเมล|ईमेल|^[^\\s@]+@[^\\s@]+\\.[a-z]{2,}$",
].join("|"), "iu");

const laboratory = document.implementation.createHTMLDocument("");

function passes(field, value) {
  const copy = laboratory.createElement("input");
  copy.type = field.type;
  for (const name of RULES) if (field.hasAttribute(name)) copy.setAttribute(name, field.getAttribute(name).slice(0, 1000));
  copy.value = value;
  return copy.checkValidity();
}

const words = (field) => [
  field.name, field.id, field.placeholder, field.getAttribute("data-name"), field.getAttribute("aria-label"), field.autocomplete, labelOf(field),
].map((word) => String(word || "").slice(0, LABEL_LIMIT));

function labelOf(field) {
  const label = (field.labels && field.labels[0]) || null;
  return label ? (label.textContent || "").replace(/\s+/g, " ").trim().slice(0, LABEL_LIMIT) : "";
}

// A field that nobody sees is a trap for robots; in a form that is not shown yet nobody knows.
function isTrap(field, form) {
  if (field.disabled || field.readOnly || field.getAttribute("tabindex") === "-1" || field.closest("[aria-hidden=true]")) return true;
  if (!Element.prototype.checkVisibility.call(form) || !Element.prototype.getClientRects.call(form).length) return false;
  const rect = field.getBoundingClientRect();
  return !field.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || rect.width < 3 || rect.height < 3 || rect.right + scrollX < 0;
}

// Asked of the fields, never of the form: a form's own words (`elements`, `noValidate`) are whatever a field of it is named like.
function asked(form, all) {
  const fields = all.slice(0, MOST_FIELDS);
  const emails = fields.filter((field) => field.localName === "input" && TYPED.test(field.type)
    && (field.type === "email" || words(field).some((word) => EMAIL.test(word))) && !isTrap(field, form));
  if (!emails.length) return [];
  const shown = S.describe(form), novalidate = Element.prototype.hasAttribute.call(form, "novalidate");
  return emails.map((field) => ({
    element: S.describe(field), form: shown, words: words(field), type: field.type, required: field.required,
    takes_empty: passes(field, ""), takes_malformed: passes(field, MALFORMED), may_be_empty: !fields.some((one) => one.required),
    fields: fields.length, has_password: fields.some((one) => one.type === "password"), novalidate,
  }));
}

S.emails = () => {
  const forms = new Map();
  for (const field of document.querySelectorAll("input, select, textarea")) {
    if (!field.form || UNTYPED.test(field.type)) continue;
    if (!forms.has(field.form)) forms.set(field.form, []);
    forms.get(field.form).push(field);
  }
  try {
    return [...forms].slice(0, MOST_FORMS).flatMap(([form, fields]) => asked(form, fields)).slice(0, MOST_SAID);
  } catch {
    return [];  // a field named like what every element has: the form cannot be told
  }
};
