"""Keys of services that run machine-learning models."""

from lading.cataloging.secrets.checks import is_mixed, is_random_after
from lading.cataloging.secrets.kind import SecretKind
from lading.cataloging.secrets.kind import by_pattern as kind

_START, _END = rb"(?<![A-Za-z0-9_])", rb"(?![A-Za-z0-9_-])"
_IS = rb"[\"'\s]{0,4}(?:=>|[:=])[\"'\s]{0,4}"

KINDS: tuple[SecretKind, ...] = (
    kind("openai-key", "OpenAI API key", "OpenAI: API keys: delete it, look at the usage", (b"T3BlbkFJ",), rb"(?<![A-Za-z0-9_])(?P<secret>sk-(?:proj-|svcacct-|admin-|None-)?[A-Za-z0-9_-]{20,80}T3BlbkFJ[A-Za-z0-9_-]{20,80})" + _END, check=is_random_after(3), shown=3, in_programs=True, back=100),
    kind("anthropic-key", "Anthropic API key", "Anthropic: Console, API keys: delete it", (b"sk-ant-",), _START + rb"sk-ant-(?:api|admin|oat)\d\d-[A-Za-z0-9_-]{80,120}" + _END, check=is_random_after(13), shown=7, in_programs=True),
    kind("hugging-face-token", "Hugging Face token", "Hugging Face: Settings, Access tokens: delete it", (b"hf_", b"api_org_"), _START + rb"(?:hf_[A-Za-z]{34}|api_org_[A-Za-z]{34})" + _END, check=is_random_after(3, 3.8), shown=3),
    kind("replicate-token", "Replicate token", "Replicate: Account, API tokens: delete it", (b"r8_",), _START + rb"r8_[A-Za-z0-9]{37}" + _END, check=is_random_after(3), shown=3),
    kind("groq-key", "Groq API key", "Groq: Console, API keys: delete it", (b"gsk_",), _START + rb"gsk_[A-Za-z0-9]{52}" + _END, check=is_random_after(4), shown=4),
    kind("xai-key", "xAI API key", "xAI: Console, API keys: delete it", (b"xai-",), _START + rb"xai-[A-Za-z0-9]{70,100}" + _END, check=is_random_after(4), shown=4),
    kind("perplexity-key", "Perplexity API key", "Perplexity: Settings, API: delete it", (b"pplx-",), _START + rb"pplx-[A-Za-z0-9]{48}" + _END, check=is_random_after(5), shown=5),
    kind("cohere-key", "Cohere API key", "Cohere: Dashboard, API keys: delete it", (b"cohere", b"co_api_key"), rb"(?:cohere[a-z_.\- ]{0,20}|co_api_)(?:key|token)" + _IS + rb"(?P<secret>[A-Za-z0-9]{40})(?![A-Za-z0-9])", check=is_mixed, any_case=True),
    kind("mistral-key", "Mistral API key", "Mistral: Console, API keys: delete it", (b"mistral",), rb"mistral[a-z_.\- ]{0,20}key" + _IS + rb"(?P<secret>[A-Za-z0-9]{32})(?![A-Za-z0-9])", check=is_mixed, any_case=True),
    kind("deepseek-key", "DeepSeek API key", "DeepSeek: Platform, API keys: delete it", (b"deepseek",), rb"deepseek[a-z_.\- ]{0,20}key" + _IS + rb"(?P<secret>sk-[a-f0-9]{32})(?![a-f0-9])", check=is_random_after(3, 2.8), any_case=True, shown=3),
    kind("langsmith-key", "LangSmith API key", "LangSmith: Settings, API keys: delete it", (b"lsv2_",), _START + rb"lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}" + _END, check=is_random_after(8), shown=8),
    kind("pinecone-key", "Pinecone API key", "Pinecone: API keys: delete it", (b"pcsk_",), _START + rb"pcsk_[A-Za-z0-9]{5,8}_[A-Za-z0-9]{60,70}" + _END, check=is_random_after(5), shown=5),
    kind("weights-and-biases-key", "Weights and Biases key", "Weights and Biases: User settings: revoke the key", (b"wandb",), rb"wandb[a-z_.\- ]{0,20}key" + _IS + rb"(?P<secret>[a-f0-9]{40})(?![a-f0-9])", check=is_mixed, any_case=True),
    kind("stability-key", "Stability AI key", "Stability AI: Account, API keys: delete it", (b"stability",), rb"stability[a-z_.\- ]{0,20}key" + _IS + rb"(?P<secret>sk-[A-Za-z0-9]{48})(?![A-Za-z0-9])", check=is_random_after(3), any_case=True, shown=3),
    kind("elevenlabs-key", "ElevenLabs key", "ElevenLabs: Profile, API keys: delete it", (b"elevenlabs", b"xi-api-key", b"xi_api_key"), rb"(?:elevenlabs[a-z_.\- ]{0,20}key|xi[_-]api[_-]key)" + _IS + rb"(?P<secret>sk_[a-f0-9]{48}|[a-f0-9]{32})(?![a-f0-9])", check=is_mixed, any_case=True),
    kind("databricks-token", "Databricks token", "Databricks: User settings, Access tokens: revoke it", (b"dapi",), _START + rb"dapi[a-f0-9]{32}(?:-\d)?" + _END, check=is_random_after(4, 2.8), shown=4),
)  # fmt: skip
