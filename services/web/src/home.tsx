import { render } from "preact";
import { ChatWidget } from "./chat/widget";

const page = document.getElementById("page");
const place = document.getElementById("chat");
if (page && place) render(<ChatWidget page={page} />, place);
