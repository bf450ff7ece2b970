"""A bank in one file: the built pages and a gateway's API with invented data, for the browser tests.

It also serves the pages to a developer who has no services running: `python -m tests.browser.bank`.
"""

import asyncio
import io
import json
import math
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, File, Request, UploadFile
from fastapi.responses import JSONResponse, Response, StreamingResponse

from services.gateway.routes.headers import SecurityHeaders
from services.gateway.routes.pages import pages_router
from shared.explanation import explain
from shared.schemas.explanation import Measure
from shared.schemas.interaction import Interaction

DIST = Path(__file__).resolve().parents[2] / "services" / "web" / "dist"
START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PIN = "2468"

Json = dict[str, Any]


@dataclass
class Bank:
    """What the tests set up and look at afterwards."""

    chats: dict[str, list[Json]] = field(default_factory=dict)
    dialog: Json = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)  # statuses of the next answers of a chat, or about a call
    lose_answer: bool = False  # the next chat message is heard, and its answer is lost
    streams: bool = True  # chats can be followed
    typing: str | None = None
    ended: str | None = None
    followed_after: list[int] = field(default_factory=list)
    chat_delay: float = 0.05
    interactions: list[Json] = field(default_factory=lambda: [interaction(number) for number in range(60)])
    queries: list[Json] = field(default_factory=list)
    ledger: dict[str, Json] = field(default_factory=dict)
    staff_tokens: set[str] = field(default_factory=set)
    staff_roles: list[str] = field(default_factory=lambda: ["supervisor"])


def problem(status: int, detail: str) -> JSONResponse:
    return JSONResponse(
        {"type": "about:blank", "title": "Failed", "status": status, "detail": detail},
        status,
        media_type="application/problem+json",
    )


def text(content: str) -> Json:
    return {"contentType": "PlainText", "content": content}


def card(title: str, *buttons: str) -> Json:
    return {
        "contentType": "ImageResponseCard",
        "imageResponseCard": {"title": title, "buttons": [{"text": word, "value": word.lower()} for word in buttons]},
    }


def answer(bank: Bank, said: str) -> list[Json]:
    """A dialog of four steps: balance, PIN, account, done."""
    if "balance" in said:
        bank.dialog = {"intent": "ProvideAccountDetails", "slotToElicit": "Pin", "state": "InProgress"}
        return [text("Of course. First, please enter your 4-digit PIN.")]
    if bank.dialog.get("slotToElicit") == "Pin":
        if said != PIN:
            return [text("That phone number and PIN do not match. You have 4 attempts left.")]
        bank.dialog = {"intent": "ProvideAccountDetails", "slotToElicit": "AccountType", "verified": True}
        return [text("Thank you, Dana. You are verified."), card("Which account?", "Checking", "Savings")]
    if bank.dialog.get("slotToElicit") == "AccountType":
        bank.dialog = {"intent": "ProvideAccountDetails", "state": "Fulfilled", "verified": True}
        return [text(f"Your {said} account ending in 4821 holds $2,914.37.\nCan I do anything else for you?")]
    if "person" in said:
        bank.dialog = {"answeredBy": "queue"}
        return [text("I will get somebody for you.")]
    return [text("I can tell you a balance, make a payment or open an account.")]


def keep(bank: Bank, token: str, sender: str, message: Json, **known: object) -> Json:
    """Adds a message to a chat, as the history and the events tell of it."""
    said = bank.chats[token]
    now = datetime.now(UTC).isoformat()
    entry = {"sequence": len(said) + 1, "sender": sender, "at": now, "message": message, **known}
    said.append(entry)
    return entry


chat = APIRouter(prefix="/api/v1/chat")


def token_of(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ")


@chat.post("/sessions", status_code=201)
async def begin(request: Request) -> Json:
    bank: Bank = request.app.state.bank
    token = f"chat-{len(bank.chats) + 1}"
    greeting = text("Welcome to OmniLex Bank. How can I help?")
    bank.chats[token] = []
    keep(bank, token, "bot", greeting)
    bank.dialog = {}
    expires = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    return {"sessionId": token, "token": token, "expiresAt": expires, "messages": [greeting]}


@chat.post("/messages")
async def say(request: Request) -> Response:
    bank: Bank = request.app.state.bank
    given = await request.json()
    said, message_id = given["text"], given["messageId"]
    await asyncio.sleep(bank.chat_delay)
    if bank.failures:
        status = bank.failures.pop(0)
        return problem(status, "The session has expired." if status == 401 else "Failed on purpose.")
    token = token_of(request)
    heard = next((entry for entry in bank.chats[token] if entry.get("messageId") == message_id), None)
    if heard is None:
        bank.heard.append(said)
        secret = bank.dialog.get("slotToElicit") == "Pin"
        heard = keep(bank, token, "customer", text("••••" if secret else said), messageId=message_id)
        if bank.dialog.get("answeredBy", "bot") == "bot":
            for message in answer(bank, said):
                keep(bank, token, "bot", message, replyTo=heard["sequence"])
    if bank.lose_answer:
        bank.lose_answer = False
        return problem(504, "A service behind this one did not answer in time.")
    replies = [entry for entry in bank.chats[token] if entry.get("replyTo") == heard["sequence"]]
    return JSONResponse(
        {
            "messages": [entry["message"] for entry in replies],
            "dialog": bank.dialog,
            "sequence": heard["sequence"],
            "firstReply": replies[0]["sequence"] if replies else None,
        }
    )


@chat.get("/events")
async def events(request: Request, after: int) -> Response:
    """As the gateway tells them, found out by looking: the tests change the bank from another thread."""
    bank: Bank = request.app.state.bank
    token = token_of(request)
    bank.followed_after.append(after)
    if token not in bank.chats:
        return problem(401, "The session has expired.")
    if not bank.streams:
        return problem(503, "No more streams can be opened at the moment.")

    async def told() -> AsyncIterator[str]:
        seen, dialog, typing = after, None, None
        while bank.streams and bank.ended is None:
            for entry in bank.chats.get(token, [])[seen:]:
                seen = entry["sequence"]
                yield f"id: {seen}\n{event('message', entry)}"
            if dialog != bank.dialog:
                dialog = dict(bank.dialog)
                yield event("dialog", dialog)
            if typing != bank.typing:
                typing = bank.typing
                yield event("typing", {"by": typing})
            await asyncio.sleep(0.02)
        if bank.ended is not None:
            yield event("ended", {"reason": bank.ended})

    return StreamingResponse(told(), media_type="text/event-stream")


def event(name: str, data: Json) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


@chat.get("/messages")
async def history(request: Request) -> Response:
    bank: Bank = request.app.state.bank
    turns = bank.chats.get(token_of(request))
    if turns is None:
        return problem(401, "The session has expired.")
    return JSONResponse({"messages": turns, "dialog": bank.dialog})


@chat.delete("/sessions", status_code=204)
async def end(request: Request) -> None:
    request.app.state.bank.chats.pop(token_of(request), None)


LINES = [
    ("spk_0", "Thank you for calling OmniLex Bank, my name is Priya. How can I help you today?", 0.35),
    ("spk_1", "Hi. I was charged a late fee twice this month and I am really annoyed about it.", -0.72),
    ("spk_0", "I am sorry about that. I will look at it right away.", 0.1),
    ("spk_1", "This is the third time. It is terrible, honestly.", -0.85),
    ("spk_0", "I understand, that should not happen. May I have the number of your account?", -0.12),
    ("spk_1", "It is [ACCOUNT], under Sam Whitfield.", None),
    ("spk_0", "Thank you. I see both fees, and one of them is a mistake on our side.", 0.05),
    ("spk_1", "So what happens now?", 0.0),
    ("spk_0", "I have just refunded it. You will see thirty-five dollars in your checking account tomorrow.", 0.48),
    ("spk_1", "Oh. That was quick, okay.", 0.31),
    ("spk_0", "And I have set a reminder for you, so that it does not happen again.", 0.42),
    ("spk_1", "Great, thank you so much. You have been wonderful.", 0.93),
    ("spk_0", "You are very welcome. Have a lovely day.", 0.88),
    ("spk_1", "Bye.", None),
]
TERMS = {
    1: [("charged a late fee twice", -2.1), ("really annoyed", -1.9)],
    3: [("terrible", -2.5)],
    11: [("Great", 1.9), ("thank you so much", 2.2), ("wonderful", 2.4)],
}
CATEGORIES = [
    {"name": "Refund promised", "kind": "action", "turns": [8]},
    {"name": "Fees", "kind": "issue", "turns": [1, 3, 6]},
    {"name": "Long silence", "kind": "category", "turns": []},
]
TURN_SECONDS = 11.5
DURATION = TURN_SECONDS * len(LINES) + 4


def turn(number: int) -> Json:
    speaker, said, score = LINES[number]
    label = None if score is None else "POSITIVE" if score > 0 else "NEGATIVE" if score < 0 else "NEUTRAL"
    return {
        "start": number * TURN_SECONDS,
        "end": number * TURN_SECONDS + 9.5,
        "speaker": speaker,
        "role": "AGENT" if speaker == "spk_0" else "CALLER",
        "text": said,
        "sentiment": {
            "score": score,
            "label": label,
            "scale": "probability",
            "positive": None if score is None else round(0.4 + 0.6 * score, 4) if score > 0 else 0.05,
            "negative": None if score is None else round(0.4 - 0.6 * score, 4) if score < 0 else 0.05,
            "evidence": [
                {"text": term, "begin": said.index(term), "end": said.index(term) + len(term), "valence": valence}
                for term, valence in TERMS.get(number, [])
            ],
            "reason": "no words to analyse" if score is None else None,
        },
        "categories": [one["name"] for one in CATEGORIES if number in one["turns"]],
        "redactions": [{"type": "BANK_ACCOUNT_NUMBER", "begin": 6, "end": 15}] if "[ACCOUNT]" in said else [],
        "interruption": number == 3,
    }


def speaker(label: str, role: str, name: str) -> Json:
    turns = [turn(number) for number in range(len(LINES)) if LINES[number][0] == label]
    scores = [turn["sentiment"]["score"] for turn in turns if turn["sentiment"]["score"] is not None]
    quarters = []
    for quarter in range(4):
        inside = [turn for turn in turns if int((turn["start"] + turn["end"]) / 2 / DURATION * 4) == quarter]
        scored = [turn["sentiment"]["score"] for turn in inside if turn["sentiment"]["score"] is not None]
        average = round(sum(scored) / len(scored), 4) if scored else None
        quarters.append({"score": average, "begin": None, "end": None})
    return {
        "speaker": label,
        "role": role,
        "name": name,
        "role_source": "inferred",
        "role_confidence": 0.91,
        "average": round(sum(scores) / len(scores), 4),
        "turns": len(turns),
        "turns_scored": len(scores),
        "quarters": quarters,
        "trend": quarters[3]["score"] - quarters[0]["score"],
        "change": scores[-1] - scores[0],
        "talk_time": 61.4,
        "words_per_minute": 148.2,
    }


def interaction(number: int) -> Json:
    """Row `number` of the list; number 0 has every detail."""
    channel = ("call", "web", "sms", "call", "connect")[number % 5]
    unknown = number % 7 == 3
    average = None if unknown else round(math.sin(number * 1.7) * 0.8, 3)
    human = channel in ("call", "connect")
    header = {
        "interaction_id": f"I-{number:04}",
        "kind": "call" if channel == "call" else "chat",
        "channel": channel,
        "started_at": (START - timedelta(hours=7 * number, minutes=11 * number)).isoformat(),
        "duration": 45.0 + (number * 97) % 900,
        "language": "en-US",
        "agent": "Priya" if human else None,
        "customer": ("Sam Whitfield", "Dana Okafor", None)[number % 3],
        "caller_average": average,
        "caller_trend": None if unknown else round(math.cos(number * 2.3) * 0.9, 3),
        "agent_average": round(math.sin(number * 0.9) * 0.4 + 0.2, 3) if human else None,
        "agent_trend": round(math.cos(number) * 0.3, 3) if human else None,
        "turn_count": 6 + number % 23,
        "warnings": ["The audio is quiet: the transcript may be wrong in places."] if number % 6 == 0 else [],
    }
    if number:
        return header
    caller, agent = speaker("spk_1", "CALLER", "Sam Whitfield"), speaker("spk_0", "AGENT", "Priya")
    return header | {
        "duration": DURATION,
        "caller_average": caller["average"],
        "caller_trend": caller["trend"],
        "agent_average": agent["average"],
        "agent_trend": agent["trend"],
        "turn_count": len(LINES),
        "guid": "5f0c7b9e",
        "processed_at": START.isoformat(),
        "source": {
            "kind": "audio",
            "bucket": "omni-lex-sentiment-source-audio",
            "key": "originalAudio/late-fee_GUID_5f0c7b9e_AGENT_Priya.wav",
            "min_sentiment_negative": 0.4,
            "min_sentiment_positive": 0.4,
            "name": "late-fee_GUID_5f0c7b9e_AGENT_Priya.wav",
            "transcriber": "PocketSphinx",
            "sentiment_engine": "VADER",
        },
        "speakers": [agent, caller],
        "turns": [turn(number) for number in range(len(LINES))],
        "entities": [{"type": "QUANTITY", "count": 1, "values": ["thirty-five dollars"]}],
        "non_talk_time": 9.0,
        "quality": [
            {
                "code": "clipping",
                "sentence": "The recording is too loud: 4% is cut off.",
                "share": 0.04,
            }
        ],
        "categories": CATEGORIES,
        "summary": [
            "Caller: Hi. I was charged a late fee twice this month and I am really annoyed about it.",
            "Caller: This is the third time. It is terrible, honestly.",
            "Agent: I have just refunded it. You will see thirty-five dollars in your checking account tomorrow.",
            "Caller: Great, thank you so much. You have been wonderful.",
        ],
        "recording": {"media_type": "audio/mpeg", "copied": "redacted", "silenced": [{"start": 1.0, "end": 2.0}]},
    }


staff = APIRouter(prefix="/api/v1")


def refused(request: Request) -> Response | None:
    known = token_of(request) in request.app.state.bank.staff_tokens
    return None if known else problem(401, "The token has expired.")


@staff.post("/auth/login")
async def login(request: Request) -> Response:
    given = await request.json()
    if (given["username"], given["password"]) != ("priya", "correct horse"):
        return problem(401, "The user name or the password is not right.")
    token = f"staff-{len(request.app.state.bank.staff_tokens) + 1}"
    request.app.state.bank.staff_tokens.add(token)
    expires = (datetime.now(UTC) + timedelta(hours=8)).isoformat()
    roles = request.app.state.bank.staff_roles
    return JSONResponse({"access_token": token, "expires_at": expires, "username": "priya", "roles": roles})


@staff.get("/interactions")
async def listed(request: Request) -> Response:
    if answer := refused(request):
        return answer
    bank: Bank = request.app.state.bank
    asked = dict(request.query_params)
    bank.queries.append(asked)
    found = [row for row in bank.interactions if asked.get("channel") in (None, row["channel"])]
    key = asked["sort"]
    known = sorted((row for row in found if row[key] is not None), key=lambda row: row[key])
    rows = known if asked["order"] == "asc" else known[::-1]
    rows += [row for row in found if row[key] is None]
    start, limit = int(asked.get("cursor", 0)), int(asked["limit"])
    end = start + limit
    return JSONResponse({"items": rows[start:end], "next_cursor": str(end) if end < len(rows) else None})


@staff.get("/interactions/{interaction_id}")
async def detail(request: Request, interaction_id: str) -> Response:
    if answer := refused(request):
        return answer
    for row in request.app.state.bank.interactions:
        if row["interaction_id"] == interaction_id and "turns" in row:
            return JSONResponse(row)
    return problem(404, "There is no such interaction.")


@staff.get("/interactions/{interaction_id}/explanation")
async def explanation(
    request: Request, interaction_id: str, measure: Measure, speaker: str | None = None, turn: int | None = None
) -> Response:
    if answer := refused(request):
        return answer
    bank: Bank = request.app.state.bank
    if bank.failures:
        return problem(bank.failures.pop(0), "Failed on purpose.")
    document = Interaction.model_validate(bank.interactions[0])
    return JSONResponse(explain(document, measure, speaker=speaker, turn=turn).model_dump(mode="json"))


@staff.put("/interactions/{interaction_id}/roles")
async def roles(request: Request, interaction_id: str) -> Response:
    """Roles, names and what is said of the turns change places."""
    if answer := refused(request):
        return answer
    bank: Bank = request.app.state.bank
    if bank.failures:
        return problem(bank.failures.pop(0), "Failed on purpose.")
    corrected = (await request.json())["roles"]
    row = bank.interactions[0]
    for part in (*row["speakers"], *row["turns"]):
        part["role"] = corrected.get(part["speaker"], part["role"])
    for one in row["speakers"]:
        one |= {"role_source": "person", "name": one["role"].capitalize()}
    row["categories"] = [one for one in row["categories"] if one["kind"] != "issue"]
    return JSONResponse(row["speakers"])


@staff.get("/interactions/{interaction_id}/recording")
async def recording(request: Request, interaction_id: str) -> Response:
    """Two seconds of silence."""
    if answer := refused(request):
        return answer
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(32_000))
    return Response(held.getvalue(), media_type="audio/wav")


@staff.post("/interactions", status_code=202)
async def upload(request: Request, file: list[UploadFile] = File()) -> Response:
    if answer := refused(request):
        return answer
    entries = []
    for part in file:
        bank: Bank = request.app.state.bank
        entry_id = f"L-{len(bank.ledger) + 1}"
        now = datetime.now(UTC).isoformat()
        entries.append({
            "entry_id": entry_id, "bucket": "b", "key": part.filename, "name": part.filename, "size": part.size,
            "fate": "running", "step": "identify", "attempt": 1, "kind": None, "reason_code": None, "reason": None,
            "duplicate_of": None, "interaction_id": None, "seen_at": now, "updated_at": now,
        })  # fmt: skip
        bank.ledger[entry_id] = entries[-1]
    return JSONResponse(entries, 202)


def settle(entry: Json) -> Json:
    if entry["name"].endswith(".json"):
        return entry | {"fate": "done", "kind": "transcribe", "interaction_id": "I-0000", "step": None}
    reason = "This is not a recording: the file holds plain text."
    return entry | {"fate": "rejected", "reason_code": "not-media", "reason": reason, "step": None}


@staff.get("/ledger")
async def ledger(request: Request, fate: str | None = None) -> Response:
    if answer := refused(request):
        return answer
    entries = [entry for entry in request.app.state.bank.ledger.values() if fate in (None, entry["fate"])]
    return JSONResponse({"items": entries[::-1], "next_cursor": None})


@staff.get("/ledger/{entry_id}")
async def ledger_entry(request: Request, entry_id: str) -> Response:
    if answer := refused(request):
        return answer
    bank: Bank = request.app.state.bank
    bank.ledger[entry_id] = settle(bank.ledger[entry_id])
    return JSONResponse(bank.ledger[entry_id])


def create_bank(bank: Bank) -> FastAPI:
    """The gateway's own pages and headers, so that a page that breaks the content security policy shows here."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.bank = bank
    app.include_router(chat)
    app.include_router(staff)
    app.include_router(pages_router(DIST))
    app.add_middleware(SecurityHeaders, https_only=False, embeddable=False)
    return app


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(create_bank(Bank(chat_delay=0.6)), port=18499, log_level="warning")
