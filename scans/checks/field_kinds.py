"""What a form field asks for, by what it is called in English, German, French, Spanish, Italian, Portuguese, Dutch and
Polish.

A field is believed only when its whole name says one thing: "Work e-mail" is one, "E-mail or phone" and "Product name"
are none. What people read (label, placeholder) counts before the names in the code, which are often left over from a
copied field.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

from scans.snapshot import Field


class Kind(StrEnum):
    """The values are those of the autocomplete attribute, where there is one."""

    EMAIL = "email"
    PHONE = "tel"
    URL = "url"
    DATE = "date"
    NAME = "name"
    GIVEN_NAME = "given-name"
    FAMILY_NAME = "family-name"
    STREET = "street-address"
    POSTCODE = "postal-code"
    CITY = "address-level2"


# Without accents and punctuation, in lower case: as `plain` writes them.
_NAMES: dict[Kind, dict[str, str]] = {
    Kind.EMAIL: {
        "en": "email|e mail|mail|email address|e mail address|mail address",
        "de": "e mail adresse|email adresse|mailadresse|emailadresse|mail adresse",
        "fr": "adresse e mail|adresse email|adresse mail|courriel|adresse courriel|adresse electronique",
        "es": "correo|correo electronico|direccion de correo|direccion de correo electronico|direccion de email",
        "it": "indirizzo e mail|indirizzo email|indirizzo di posta elettronica|posta elettronica",
        "pt": "endereco de e mail|endereco de email|endereco de correio eletronico|correio eletronico",
        "nl": "e mailadres|emailadres|e mail adres|email adres|mailadres",
        "pl": "adres e mail|adres email|adres mailowy|poczta|poczta elektroniczna",
    },
    Kind.PHONE: {
        "en": "phone|phone number|phone no|telephone|telephone number|tel|mobile|mobile number|mobile phone|cell|"
        "cell phone|cell number|contact number|mobile phone number",
        "de": "telefon|telefonnummer|telefon nr|handy|handynummer|mobil|mobilnummer|mobiltelefon|rufnummer|tel nr",
        "fr": "telephone portable|numero de telephone|n de telephone|portable|telephone mobile|numero de portable",
        "es": "telefono|numero de telefono|movil|telefono movil|celular|numero de celular|numero de movil",
        "it": "numero di telefono|cellulare|numero di cellulare|telefono cellulare|recapito telefonico",
        "pt": "telefone|numero de telefone|telemovel|numero de telemovel|telefone celular",
        "nl": "telefoon|telefoonnummer|mobiel|mobiel nummer|mobiele nummer|gsm|gsm nummer",
        "pl": "numer telefonu|nr telefonu|telefon komorkowy|telefon kontaktowy|komorka",
    },
    Kind.URL: {
        "en": "website|web site|url|website url|homepage|web address|website address|website link|company website",
        "de": "webseite|internetadresse|internetseite|webadresse|website adresse",
        "fr": "site web|site internet|adresse du site|url du site|adresse du site web",
        "es": "sitio web|pagina web|direccion web|url del sitio web",
        "it": "sito|sito web|sito internet|indirizzo web|indirizzo del sito",
        "pt": "endereco do site|site|website da empresa",
        "nl": "webadres|webpagina|websiteadres",
        "pl": "strona internetowa|strona www|adres strony|adres strony internetowej|witryna",
    },
    Kind.DATE: {
        "en": "date|preferred date|start date|end date|event date|arrival date|departure date|date of birth|birth date|"
        "birthday|check in date|check out date|wedding date|delivery date",
        "de": "datum|wunschdatum|geburtsdatum|startdatum|enddatum|anreisedatum|abreisedatum|lieferdatum",
        "fr": "date de naissance|date souhaitee|date d arrivee|date de depart|date de debut|date de fin",
        "es": "fecha|fecha de nacimiento|fecha de inicio|fecha de llegada|fecha de salida|fecha preferida",
        "it": "data|data di nascita|data di inizio|data di arrivo|data di partenza|data preferita",
        "pt": "data de nascimento|data de inicio|data de chegada|data de partida|data preferida",
        "nl": "geboortedatum|gewenste datum|voorkeursdatum|begindatum|aankomstdatum|vertrekdatum",
        "pl": "data urodzenia|data rozpoczecia|preferowana data|data przyjazdu|data wyjazdu",
    },
    Kind.NAME: {
        "en": "name|full name|first and last name|first name and last name|name and surname|contact name|fullname",
        "de": "vor und nachname|vorname und nachname|vorname nachname|vollstandiger name",
        "fr": "nom et prenom|nom prenom|prenom et nom|prenom nom|nom complet",
        "es": "nombre completo|nombre y apellido|nombre y apellidos",
        "it": "nome e cognome|nome cognome|nome completo|nominativo",
        "pt": "nome|nome e sobrenome|nome e apelido",
        "nl": "naam|volledige naam|voor en achternaam|voornaam en achternaam",
        "pl": "imie i nazwisko|imie nazwisko|nazwisko i imie",
    },
    Kind.GIVEN_NAME: {
        "en": "first name|given name|firstname|forename",
        "de": "vorname",
        "fr": "prenom",
        "es": "nombre|nombres|primer nombre",
        "it": "nome di battesimo",
        "pt": "primeiro nome",
        "nl": "voornaam",
        "pl": "imie",
    },
    Kind.FAMILY_NAME: {
        "en": "last name|family name|surname|lastname",
        "de": "nachname|familienname|zuname",
        "fr": "nom|nom de famille",
        "es": "apellido|apellidos",
        "it": "cognome",
        "pt": "sobrenome|apelido|ultimo nome",
        "nl": "achternaam|familienaam",
        "pl": "nazwisko",
    },
    Kind.STREET: {
        "en": "address|street|street address|postal address|mailing address|home address|address line 1",
        "de": "anschrift|strasse|strasse und hausnummer|strasse hausnummer|strasse und nr|strasse nr|postanschrift",
        "fr": "adresse|adresse postale|rue|numero et rue",
        "es": "direccion|direccion postal|domicilio|calle|calle y numero",
        "it": "indirizzo|indirizzo postale|via e numero civico",
        "pt": "endereco|morada|rua",
        "nl": "adres|straat|straat en huisnummer|straat en nummer|postadres",
        "pl": "ulica|ulica i numer|adres zamieszkania|adres pocztowy",
    },
    Kind.POSTCODE: {
        "en": "zip|zip code|zipcode|postcode|post code|postal code",
        "de": "plz|postleitzahl",
        "fr": "code postal",
        "es": "codigo postal",
        "it": "cap|codice postale",
        "pt": "cep|codigo de endereco postal",
        "nl": "post code",
        "pl": "kod pocztowy",
    },
    Kind.CITY: {
        "en": "city|town|town city|city town",
        "de": "wohnort|stadt|ort",
        "fr": "ville",
        "es": "ciudad|localidad|poblacion",
        "it": "citta|comune",
        "pt": "cidade",
        "nl": "woonplaats|plaats|stad",
        "pl": "miasto|miejscowosc",
    },
}
# Words that mean it only in some languages; elsewhere they are something else ("data", a building "site", "Via").
_ONLY_IN = {
    "data": ("it", "pt", "pl"),
    "site": ("pt",),
    "portable": ("fr",),
    "cap": ("it",),
    "ort": ("de",),
    "comune": ("it",),
    "poczta": ("pl",),
}
_KINDS = {
    phrase: kind for kind, by_language in _NAMES.items() for said in by_language.values() for phrase in said.split("|")
}
# Said around a name without changing what it asks for.
_AROUND_WORDS = """
    your my the enter please type insert here required optional field input
    ihr ihre ihren dein deine bitte eingeben pflichtfeld hier
    votre vos ton ta veuillez saisir entrez obligatoire facultatif
    su tu introduzca introduce escriba escribe obligatorio opcional aqui
    il tuo tua la suo sua inserisci obbligatorio facoltativo
    o seu sua digite insira obrigatorio
    uw je jouw vul in verplicht optioneel
    twoj twoja podaj wpisz wymagane opcjonalnie"""
_AROUND = frozenset(_AROUND_WORDS.split())
# Which of one's addresses and numbers.
_SORT_WORDS = """
    work business company contact private personal primary main home daytime
    geschaftliche dienstliche private professionnel professionnelle personnel corporativo profesional personal
    aziendale lavoro profissional pessoal zakelijk zakelijke prive sluzbowy prywatny kontaktowy"""
_SORTS = frozenset(_SORT_WORDS.split())
_SORTED = (Kind.EMAIL, Kind.PHONE)
_ALL = tuple(Kind)
_NOTHING: frozenset[str] = frozenset()
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NO_WORD = re.compile(r"[\W_]+")
_LAST_NUMBER = re.compile(r"[-_ ]?\d+$")
_LONGEST = 80
_SAMPLE_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[a-z]{2,}", re.IGNORECASE)
_SENTENCE = 3  # words of a placeholder that asks for something of its own; "John" or "+49 30" only shows how


@lru_cache(maxsize=2**12)
def plain(words: str) -> str:
    """Without case, accents and punctuation: "Adresse e‑mail *" is "adresse e mail"."""
    words = _CAMEL.sub(" ", words).casefold().replace("ł", "l")
    if not words.isascii():
        words = "".join(c for c in unicodedata.normalize("NFKD", words) if not unicodedata.combining(c))
    return _NO_WORD.sub(" ", words).strip()


@lru_cache(maxsize=2**12)
def kind_of(words: str, lang: str = "") -> Kind | None:
    """The kind a name speaks of, as a whole; `lang` is the page's language, for words of two meanings."""
    if len(words) > _LONGEST:
        return None
    said = plain(words)
    for around, kinds in ((_NOTHING, _ALL), (_AROUND, _ALL), (_AROUND | _SORTS, _SORTED)):
        phrase = " ".join(word for word in said.split() if word not in around)
        kind = _KINDS.get(phrase)
        if kind in kinds and _is_meant(phrase, lang):
            return kind
    return None


def _is_meant(phrase: str, lang: str) -> bool:
    languages = _ONLY_IN.get(phrase)
    return languages is None or lang.lower().startswith(languages)


def asked_for(field: Field, lang: str = "") -> Kind | None:
    """What the field asks for, None when that is not certain."""
    attrs = field.element.attrs
    if field.label:
        return kind_of(field.label, lang)
    placeholder = attrs.get("placeholder", "")
    if _SAMPLE_ADDRESS.fullmatch(placeholder.strip()):
        return Kind.EMAIL
    if (kind := kind_of(placeholder, lang)) is not None or sum(
        map(str.isalpha, plain(placeholder).split())
    ) >= _SENTENCE:
        return kind
    kinds = (kind_of(_LAST_NUMBER.sub("", attrs.get(key, ""))) for key in ("name", "data-name", "id"))
    return next((kind for kind in kinds if kind is not None), None)


def called(field: Field) -> str:
    """How a reader of the report finds it."""
    attrs = field.element.attrs
    named = (field.label, *(attrs.get(key, "") for key in ("placeholder", "data-name", "name", "id")))
    return next((" ".join(name.split())[:60] for name in named if name.strip()), "")
