"""Secrets of real shapes, none of them real: each is put together from its parts with a fixed seed when a test runs.

So that no scanner of a repository takes a line of this file for a leaked key, no secret is written out.
"""

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from random import Random
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits
from typing import NamedTuple

ALNUM = ascii_letters + digits
URL = f"{ALNUM}-_"
BASE64 = f"{ALNUM}+/"
HEX = "0123456789abcdef"
UPPER = ascii_uppercase + digits
PUBLIC = 5
LOWER = ascii_lowercase + digits


class Part(str):
    """Taken at random."""

    __slots__ = ()


class Secret(NamedTuple):
    """`text` is what holds it; of each of the `parts`, which only its owner knows, nothing may be left."""

    name: str
    parts: tuple[str, ...]
    text: str


#: Vendor -> parts of a key: an alphabet is followed by how many of its characters are taken, a text stands for itself.
KEYS: dict[str, tuple[object, ...]] = {
    "openai": ("sk", "-", ALNUM, 20, "T3Blbk" + "FJ", ALNUM, 20),
    "openai project": ("sk", "-proj-", URL, 48, "T3Blbk" + "FJ", URL, 48),
    "openai service account": ("sk", "-svcacct-", URL, 74),
    "openai admin": ("sk", "-admin-", URL, 64),
    "openai session": ("sess", "-", ALNUM, 40),
    "anthropic": ("sk", "-ant-api03-", URL, 93, "AA"),
    "anthropic admin": ("sk", "-ant-admin01-", URL, 93, "AA"),
    "anthropic oauth": ("sk", "-ant-oat01-", URL, 80),
    "google": ("AI", "za", "Sy", URL, 33),
    "google oauth": ("ya", "29.", "a0", URL, 120),
    "google client secret": ("GO", "CSPX-", URL, 28),
    "google refresh token": ("1/", "/0", URL, 43),
    "aws id": ("AK", "IA", UPPER, 16),
    "aws temporary id": ("AS", "IA", UPPER, 16),
    "aws secret": (BASE64, 40),
    "aws session token": ("FwoGZXIvYXdz" + "E", BASE64, 200),
    "bedrock": ("AB", "SK", BASE64, 100, "="),
    "azure openai": (ALNUM, 52, "JQQJ99", ALNUM, 22, "AC", ALNUM, 4),
    "azure client secret": (ALNUM, 3, "8", "Q~", ALNUM, 34),
    "azure storage": (BASE64, 86, "=="),
    "hugging face": ("h", "f_", ascii_letters, 34),
    "hugging face org": ("api", "_org_", ascii_letters, 34),
    "groq": ("gs", "k_", ALNUM, 52),
    "xai": ("xa", "i-", ALNUM, 80),
    "mistral": (ALNUM, 32),
    "cohere": (ALNUM, 40),
    "together": ("tg", "p_v1_", URL, 43),
    "replicate": ("r", "8_", ALNUM, 37),
    "fireworks": ("f", "w_", ALNUM, 24),
    "fireworks old": ("f", "w_3Z", ALNUM, 22),
    "perplexity": ("pp", "lx-", ALNUM, 48),
    "deepseek": ("sk", "-", HEX, 32),
    "openrouter": ("sk", "-or-v1-", HEX, 64),
    "litellm virtual": ("sk", "-", URL, 22),
    "litellm master": ("sk", "-1234"),
    "nvidia": ("nv", "api-", URL, 64),
    "cerebras": ("cs", "k-", LOWER, 48),
    "jina": ("ji", "na_", ALNUM, 60),
    "voyage": ("p", "a-", URL, 43),
    "langsmith": ("lsv2", "_pt_", HEX, 32, "_", HEX, 10),
    "langfuse": ("sk", "-lf-", HEX, 8, "-", HEX, 4, "-4", HEX, 3, "-8", HEX, 3, "-", HEX, 12),
    "langfuse public": ("pk", "-lf-", HEX, 8, "-", HEX, 4, "-4", HEX, 3, "-8", HEX, 3, "-", HEX, 12),
    "anyscale": ("ese", "cret_", LOWER, 26),
    "tavily": ("tv", "ly-dev-", ALNUM, 32),
    "pinecone": ("pc", "sk_", ALNUM, 6, "_", ALNUM, 56),
    "elevenlabs": ("s", "k_", HEX, 48),
    "stability": ("sk", "-", ALNUM, 48),
    "helicone": ("sk", "-helicone-", LOWER, 7, "-", LOWER, 7, "-", LOWER, 7, "-", LOWER, 7),
    "github": ("gh", "p_", ALNUM, 36),
    "github server": ("gh", "s_", ALNUM, 36),
    "github oauth": ("gh", "o_", ALNUM, 36),
    "github fine-grained": ("github", "_pat_", UPPER, 22, "_", ALNUM, 59),
    "gitlab": ("gl", "pat-", URL, 20),
    "gitlab deploy": ("gl", "dt-", URL, 20),
    "gitlab runner": ("gl", "rt-", URL, 20),
    "slack bot": ("xo", "xb-", digits, 12, "-", digits, 13, "-", ALNUM, 24),
    "slack user": ("xo", "xp-", digits, 12, "-", digits, 12, "-", HEX, 32),
    "slack app": ("xa", "pp-1-A", UPPER, 10, "-", digits, 13, "-", HEX, 64),
    "slack hook": ("https://hooks.", "slack.com/services/T", UPPER, 8, "/B", UPPER, 8, "/", ALNUM, 24),
    "discord hook": ("https://", "discord.com/api/webhooks/", digits, 18, "/", URL, 68),
    "discord bot": ("MTk4NjIyNDgz", digits, 12, ".Cl2FMQ.", URL, 38),
    "telegram bot": (digits, 10, ":", "AA", URL, 33),
    "stripe": ("s", "k_live_", ALNUM, 24),
    "stripe restricted": ("r", "k_live_", ALNUM, 24),
    "stripe hook": ("wh", "sec_", ALNUM, 32),
    "twilio key": ("S", "K", HEX, 32),
    "twilio account": ("A", "C", HEX, 32),
    "sendgrid": ("S", "G.", URL, 22, ".", URL, 43),
    "mailgun": ("ke", "y-", HEX, 32),
    "npm": ("np", "m_", ALNUM, 36),
    "pypi": ("py", "pi-AgEIcHlwaS5vcmc", URL, 150),
    "docker": ("dck", "r_pat_", URL, 27),
    "databricks": ("da", "pi", HEX, 32),
    "grafana service": ("gl", "sa_", ALNUM, 32, "_", HEX, 8),
    "grafana cloud": ("gl", "c_ey", BASE64, 100),
    "sentry": ("sn", "trys_ey", BASE64, 90),
    "new relic": ("NR", "AK-", UPPER, 27),
    "vault": ("hv", "s.", URL, 24),
    "doppler": ("dp", ".pt.", ALNUM, 43),
    "digitalocean": ("do", "p_v1_", HEX, 64),
    "supabase": ("sb", "p_", HEX, 40),
    "postman": ("PM", "AK-", HEX, 24, "-", HEX, 34),
    "linear": ("lin", "_api_", ALNUM, 40),
    "notion": ("nt", "n_", digits, 11, ALNUM, 35),
    "shopify": ("shp", "at_", HEX, 32),
    "tailscale": ("ts", "key-auth-k", ALNUM, 12, "-", ALNUM, 32),
    "age": ("AGE-SECRET", "-KEY-1", UPPER, 58),
    "figma": ("fig", "d_", URL, 40),
    "zhipu": (HEX, 32, ".", ALNUM, 12, "a1B2"),
    "alibaba": ("LT", "AI5t", ALNUM, 16, "7x"),
    "novita": ("ke", "y_", HEX, 64),
    "meta": ("LL", "M|1234567890123456|", ALNUM, 27),
    "bytedance pair": ("a", "k-", ALNUM, 22, "9a as-", ALNUM, 26, "7b"),
    "runpod": ("rp", "a_", ALNUM, 40),
    "dify": ("ap", "p-", ALNUM, 20, "aB3d"),
    "portkey": (ALNUM, 10, "aB3dE6gH", ALNUM, 10),
    "baidu": (ALNUM, 8, "xK9mQ2vL", ALNUM, 8),
    "teams hook": (
        *("https://a.", "webhook.office.com/webhookb2/", HEX, 8, "-aaaa-4aaa-8aaa-", HEX, 12, "@", HEX, 8),
        *("-bbbb-4bbb-8bbb-", HEX, 12, "/IncomingWebhook/", HEX, 32, "/", HEX, 8, "-cccc-4ccc-8ccc-", HEX, 12),
    ),
    "random base64": (BASE64, 43, "="),
    "random url-safe": (ALNUM, 20, "-", ALNUM, 22),
    "random hex of no digest": (HEX, 48 + 20),
    "random base32": (ascii_uppercase + "234567", 52),
}

#: What is a secret only because of what stands beside it.
NAMELESS: dict[str, tuple[object, ...]] = {
    "azure": (HEX, 32),
    "datadog": (HEX, 32),
    "together old": (HEX, 64),
    "deepgram": (HEX, 40),
    "assembly": (HEX, 32),
    "short": (LOWER, 12),
    "word": ("hunter", digits, 2, "!"),
    "uuid": (HEX, 8, "-", HEX, 4, "-4", HEX, 3, "-8", HEX, 3, "-", HEX, 12),
    "letters": (ascii_lowercase, 24),
}

BARE = (
    "{}",
    "Incorrect API key provided: {}.",
    'upstream said {{"error":{{"message":"bad key {}"}}}}',
    "GET /v1/models?key={}&alt=sse HTTP/1.1",
    "line one\\n{}\\nline three",
    "key='{}', model='gpt-4o'",
    "{}: permission denied",
    "({})",
)
NAMED = (
    "Authorization: Bearer {}",
    "authorization: {}",
    "x-api-key: {}",
    "api-key: {}",
    "DD-API-KEY: {}",
    "X-Goog-Api-Key: {}",
    "Ocp-Apim-Subscription-Key: {}",
    '{{"api_key": "{}", "model": "gpt-4o"}}',
    '{{\\"api_key\\":\\"{}\\",\\"model\\":\\"x\\"}}',
    "{{'apiKey': '{}', 'n': 1}}",
    "AZURE_OPENAI_API_KEY={}",
    "export MISTRAL_API_KEY='{}'",
    'set COHERE_API_KEY="{}"',
    "api_key: {}",
    "  client_secret: '{}'",
    "('x-api-key', '{}')",
    "[(b'authorization', b'Bearer {}')]",
    '["authorization", "{}"]',
    "https://api.example.com/v1?api-key={}&api-version=2024-10-21",
    "https://api.example.com/?access_token={}",
    "curl -H 'Authorization: Bearer {}' https://api.example.com",
    "client --api-key {} --model x",
    "GET%20/v1%3Fapi_key%3D{}%26a%3Db",
    "Authorization%3A%20Bearer%20{}",
    "{{\\u0022api_key\\u0022:\\u0022{}\\u0022}}",
    "Cookie: theme=dark; session={}",
    "Set-Cookie: session={}; Path=/; HttpOnly",
    "auth_token => {}",
    "<apiKey>{}</apiKey>",
    "Proxy-Authorization: Basic {}",
    "OpenAI(api_key='{}', base_url='https://api.example.com')",
    "password={}",
    "secret = {}",
    '{{"headers":{{"x-api-key":["{}"]}}}}',
    "map[Accept:[*/*] Authorization:[Bearer {}]]",
    "password='a {} and more'",
)
#: What a sentence or the name of a variable gives away, whatever the value looks like.
SAID = (
    "Incorrect API key provided: {}",
    "Incorrect API key provided: {}. You can find yours on the page of your account.",
    "incorrect api_key given: '{}'",
    "the password is {}",
    "密码是 {}",
    "密钥\uff1a{}",
    "Passwort: {}",
    "API-Schlüssel: {}",
    "clé API : {}",
    "clave de API: {}",
    "export AZURE_OPENAI_KEY={}",
    "LITELLM_SALT_KEY: {}",
    "DEEPGRAM_KEY={}",
    'key = "{}"',
)
#: The same for a value that is no plain word: an adjective may stand in its place.
SAID_ODD = (
    "invalid token {}",
    "Wrong password {} for user app",
    "your api key is {}",
    "API key {} is invalid",
    "api key '{}' was revoked",
    "The access token {} has expired",
    "令牌 {}",
)
PLAIN_WORDS = frozenset(("letters",))


def made(shape: tuple[object, ...], random: Random) -> tuple[str, ...]:
    """The parts: an alphabet is followed by how many of its characters are taken, another text stands for itself."""
    pairs = zip(shape, (*shape[1:], None), strict=True)
    return tuple(
        Part("".join(random.choices(part, k=more))) if isinstance(more, int) else part
        for part, more in pairs
        if isinstance(part, str)
    )


def corpus() -> Iterator[Secret]:
    """Each key where keys are found, each nameless secret beside each name, and what has a form of its own."""
    random = Random(20260109)  # noqa: S311 - the same in every run
    for name, shape in KEYS.items():
        for around in (*BARE, random.choice(NAMED)):
            yield placed(name, made(shape, random), around)
    for name, shape in NAMELESS.items():
        for around in NAMED:
            yield placed(name, made(shape, random), around)
        for around in SAID if name in PLAIN_WORDS else (*SAID, *SAID_ODD):
            yield placed(name, made(shape, random), around)
    yield from forms(random)


def placed(name: str, parts: tuple[str, ...], around: str) -> Secret:
    """In the midst of the text `around`. A number is an account's and public, as are a few characters."""
    hidden = tuple(str(part) for part in parts if isinstance(part, Part) and len(part) > PUBLIC and not part.isdigit())
    return Secret(f"{name} in {around!r}", hidden or ("".join(parts),), around.format("".join(parts)))


def forms(random: Random) -> Iterator[Secret]:
    """Secrets that are more than one word."""
    word = made((ALNUM, 14), random)
    sign = made((URL, 43), random)
    for around in (
        "postgres://gateway:{}@db.internal:5432/logs",
        "postgresql+asyncpg://u:{}@10.0.0.7/x",
        "mysql://root:{}@localhost/db",
        "redis://:{}@cache:6379/0",
        "mongodb+srv://app:{}@cluster0.example.net/?w=majority",
        "amqps://user:{}@mq.example.com/vhost",
        "https://user:{}@api.example.com/v1",
        "http://{}@proxy.example.com:3128",
        "https://u:p@{}@host.example/x",
        "gateway:{}@tcp(db.internal:3306)/logs?parseTime=true",
        "admin:{}@gateway.internal/metrics",
        "--url admin:{}@gateway.internal:8080/",
        "Server=db;User Id=sa;Password={};Encrypt=True",
        "host=db user=app password={} dbname=x",
        "curl -u admin:{} https://api.example.com",
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey={};EndpointSuffix=core.windows.net",
        "https://a.blob.core.windows.net/c?sv=2024-01-01&se=2026&sr=c&sig={}",
        "https://b.s3.amazonaws.com/k?X-Amz-Credential=x&X-Amz-Signature={}",
        "https://storage.googleapis.com/b/o?X-Goog-Signature={}",
        'aws_secret_access_key = "{}"',
        "psql: password authentication failed, password='{} with blanks'",
        "{{'password': \"{}'s own\"}}",
        "DB_PASSWORD: {},x",
        "login --password {}",
        "passphrase={}",
        "_csrf_token={}",
        "hf_token: {}",
        "jwt={}",
    ):
        yield placed("word", word, around)
    yield placed("sentry dsn", made((HEX, 32), random), "https://{}@o12345.ingest.us.sentry.io/67890")
    head = urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
    body = urlsafe_b64encode(b'{"sub":"1234567890","name":"A"}').decode().rstrip("=")
    for around in (*BARE, "Bearer {}", "id_token={}"):
        yield placed("jwt", (f"{head}.{body}.", *sign), around)
    pair = b64encode(f"user:{word[0]}".encode()).decode()
    for around in ("Authorization: Basic {}", "basic {}", '{{"authorization":"Basic {}"}}'):
        yield placed("basic", (pair,), around)
    lines = [made((BASE64, 64), random)[0] for _ in range(6)]
    for kind in ("RSA PRIVATE", "EC PRIVATE", "OPENSSH PRIVATE", "ENCRYPTED PRIVATE", "PRIVATE"):
        for end in ("\n", "\\n"):
            block = end.join((f"-----BEGIN {kind} KEY-----", *lines, f"-----END {kind} KEY-----"))
            yield Secret(f"{kind} {end!r}", (*lines,), f'{{"private_key": "{block}"}}')
        yield Secret(f"{kind} cut", (*lines[:2],), f"-----BEGIN {kind} KEY-----\n{lines[0]}\n{lines[1]}")
    for address in (
        "jane.doe@example.com",
        "j+tag@mail.example.co.uk",
        "x_y-z@sub.example.io",
        "a.b@xn--bcher-kva.example",
    ):
        for around in ("{}", "user {} is over budget", "user_email={}", "<{}>", "mailto:{}", "('{}',)"):
            yield placed(address, (address,), around)
