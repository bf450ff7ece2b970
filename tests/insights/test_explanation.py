import httpx

from tests.insights.documents import analyst, document, media


async def test_a_number_of_an_indexed_interaction_is_explained(insights: httpx.AsyncClient) -> None:
    feeling = {"score": -0.5, "label": "NEGATIVE", "positive": 0.0, "negative": 0.7, "neutral": 0.3, "mixed": 0.0}
    said = {"start": 0, "end": 4, "speaker": "spk_0", "role": "CALLER", "text": "still waiting", "sentiment": feeling}
    call = document("I-1", turns=[said])
    assert (await insights.put("/interactions/I-1", json=call, headers=media())).status_code == 204
    path = "/interactions/I-1/explanation"
    found = (await insights.get(f"{path}?measure=turn&turn=0", headers=analyst())).json()
    assert (found["value"], found["turns"][0]["sentiment"]["negative"]) == (-0.5, 0.7)
    assert (await insights.get(f"{path}?measure=turn&turn=1", headers=analyst())).status_code == 404
    assert (await insights.get(f"{path}?measure=average&speaker=nobody", headers=analyst())).status_code == 404
    assert (await insights.get(f"{path}?measure=average", headers=analyst())).status_code == 422
    assert (await insights.get(f"{path}?measure=mood&speaker=x", headers=analyst())).status_code == 422
    missing = await insights.get("/interactions/I-2/explanation?measure=turn&turn=0", headers=analyst())
    assert missing.status_code == 404
