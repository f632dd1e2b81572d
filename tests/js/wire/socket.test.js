import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Socket, socketUrl } from "../../../src/livesheet/static/livesheet/wire/socket.js";
import { FakeClock, FakeLine, frame } from "../fakes.js";

let clock;
let world;
let socket;
let statuses;
let frames;
let opened;

beforeEach(() => {
  FakeLine.made = [];
  clock = new FakeClock();
  world = {
    WebSocket: FakeLine,
    clock,
    random: () => 0,
    window: new EventTarget(),
    document: Object.assign(new EventTarget(), { visibilityState: "visible" }),
    navigator: { onLine: true },
  };
  statuses = [];
  frames = [];
  opened = 0;
  socket = new Socket(
    "ws://host/ws/sheet/product/",
    {
      onOpen: () => {
        opened += 1;
      },
      onFrame: (one) => frames.push(one),
      onStatus: (status, message) => statuses.push(message ? `${status}: ${message}` : status),
      cursor: () => "ep.1.tag",
    },
    world,
  );
  socket.connect();
});

const line = () => FakeLine.made.at(-1);
const goLive = () => {
  line().open();
  socket.caughtUp();
};

test("wss on an https page, ws on an http page, the page's host", () => {
  const on = (href) => socketUrl("/ws/sheet/task/?project=1", { href });
  assert.equal(on("https://shop.example/a"), "wss://shop.example/ws/sheet/task/?project=1");
  assert.equal(on("http://[::1]:8000/a#b"), "ws://[::1]:8000/ws/sheet/task/?project=1");
});

test("the language and the zone of the page travel to the server", () => {
  const on = (page) => socketUrl("/ws/sheet/task/?project=1", { href: "http://x/" }, page);
  assert.equal(
    on({ language: "pt-br", zone: "Asia/Tokyo" }),
    "ws://x/ws/sheet/task/?project=1&page-language=pt-br&page-zone=Asia%2FTokyo",
  );
  assert.equal(on({}), "ws://x/ws/sheet/task/?project=1");
});

test("offers the subprotocol, and is live only when the sheet has caught up", () => {
  assert.deepEqual(line().protocols, ["livesheet.v1"]);
  line().open();
  assert.equal(opened, 1);
  assert.deepEqual(statuses, ["connecting"]);
  socket.caughtUp();
  assert.deepEqual(statuses, ["connecting", "live"]);
});

test("frames are handed on; what is sent is JSON", () => {
  goLive();
  line().receive(frame("server.change"));
  assert.equal(frames[0].type, "change");
  assert.ok(socket.send({ type: "at" }));
  assert.deepEqual(line().sent, [{ type: "at" }]);
});

test("there is one line at a time, and none after the end", () => {
  socket.connect();
  assert.equal(FakeLine.made.length, 1);
  socket.close();
  socket.connect();
  assert.equal(FakeLine.made.length, 1);
});

test("a lost line is opened again, later each time, at once after success", () => {
  goLive();
  world.random = () => 1;
  socket.random = () => 1;
  line().drop();
  assert.equal(statuses.at(-1), "reconnecting");
  assert.equal(socket.send({ type: "at" }), false);
  clock.advance(999);
  assert.equal(FakeLine.made.length, 1);
  clock.advance(1);
  assert.equal(FakeLine.made.length, 2);
  line().drop();
  clock.advance(1_999);
  assert.equal(FakeLine.made.length, 2);
  clock.advance(1);
  assert.equal(FakeLine.made.length, 3);
  goLive();
  line().drop();
  clock.advance(1_000);
  assert.equal(FakeLine.made.length, 4);
});

test("a line that opens but never gets live does not reset the waiting", () => {
  socket.random = () => 1;
  for (const wait of [1_000, 2_000, 4_000]) {
    line().open();
    line().drop();
    clock.advance(wait - 1);
    const made = FakeLine.made.length;
    clock.advance(1);
    assert.equal(FakeLine.made.length, made + 1);
  }
});

test("silence for 45 seconds is a dead line, whatever its readyState says", () => {
  goLive();
  clock.advance(44_000);
  line().receive(frame("server.beat"));
  clock.advance(44_000);
  assert.equal(FakeLine.made.length, 1);
  clock.advance(1_000);
  assert.equal(statuses.at(-1), "reconnecting");
  assert.ok(FakeLine.made[0].closed);
});

test("a line that never opens is given up too", () => {
  clock.advance(45_500);
  assert.equal(FakeLine.made.length, 2);
});

test("pings every 20 seconds, after 64 frames and after 256 KB, with the cursor", () => {
  goLive();
  clock.advance(20_000);
  assert.deepEqual(line().sent, [{ type: "ping", cursor: "ep.1.tag" }]);
  assert.deepEqual(Object.keys(line().sent[0]), Object.keys(frame("client.ping")));
  for (let at = 0; at < 64; at += 1) line().receive(frame("server.beat"));
  assert.equal(line().sent.length, 2);
  line().receive(JSON.stringify({ type: "labels", column: "x".repeat(256 * 1024) }));
  assert.equal(line().sent.length, 3);
});

test("clients that are sent the same frames do not acknowledge them all at once", () => {
  socket.random = () => 0.75;
  goLive();
  for (let at = 0; at < 15; at += 1) line().receive(frame("server.beat"));
  assert.equal(line().sent.length, 0);
  line().receive(frame("server.beat"));
  assert.equal(line().sent.length, 1);
  for (let at = 0; at < 63; at += 1) line().receive(frame("server.beat"));
  assert.equal(line().sent.length, 1);
  line().receive(frame("server.beat"));
  assert.equal(line().sent.length, 2);
});

test("a tab that nobody looks at answers beats, since its own timers come late", () => {
  goLive();
  world.document.visibilityState = "hidden";
  line().receive(frame("server.beat"));
  assert.equal(line().sent.length, 1);
  line().receive(frame("server.beat"));
  assert.equal(line().sent.length, 1, "the answer to one's own ping is not answered");
  clock.advance(11_000);
  line().receive(frame("server.beat"));
  assert.equal(line().sent.length, 2);
  world.document.visibilityState = "visible";
  clock.advance(11_000);
  line().receive(frame("server.beat"));
  assert.equal(line().sent.length, 2);
});

test("offline and online are believed at once, and tried all the same", () => {
  goLive();
  world.navigator.onLine = false;
  world.window.dispatchEvent(new Event("offline"));
  assert.equal(statuses.at(-1), "offline");
  clock.advance(2_000);
  assert.equal(FakeLine.made.length, 2, "the server may be on this machine");
  line().drop();
  assert.equal(statuses.at(-1), "offline");
  world.navigator.onLine = true;
  world.window.dispatchEvent(new Event("online"));
  assert.equal(FakeLine.made.length, 3);
  assert.equal(statuses.at(-1), "reconnecting");
});

test("a page that is looked at again asks an old line for a sign of life", () => {
  goLive();
  clock.advance(15_000);
  line().receive(frame("server.beat"));
  clock.time += 30_000;
  world.document.dispatchEvent(new Event("visibilitychange"));
  assert.equal(line().sent.at(-1).type, "ping");
  clock.advance(5_000);
  assert.equal(statuses.at(-1), "reconnecting");
});

test("a page that is looked at again does not wait for the next try", () => {
  goLive();
  socket.random = () => 1;
  line().drop();
  world.document.dispatchEvent(new Event("visibilitychange"));
  assert.equal(FakeLine.made.length, 2);
});

test("codes after which trying again is no use", () => {
  for (const [code, status] of [
    [4400, "reload"],
    [4401, "forbidden"],
    [4403, "forbidden"],
    [4404, "forbidden"],
    [4413, "forbidden"],
  ]) {
    statuses.length = 0;
    const one = new Socket(
      "ws://host/",
      {
        onOpen: () => {},
        onFrame: () => {},
        onStatus: (said, message) => statuses.push([said, message]),
        cursor: () => null,
      },
      world,
    );
    one.connect();
    line().open();
    line().receive({ ...frame("server.bye"), code });
    assert.deepEqual(statuses.at(-1), [status, frame("server.bye").message]);
    const made = FakeLine.made.length;
    clock.advance(300_000);
    world.window.dispatchEvent(new Event("online"));
    assert.ok(!FakeLine.made.slice(made).some((other) => other.url === "ws://host/"));
  }
});

test("a server that goes away, or has had too much, says when to come back", () => {
  for (const code of [1012, 4408, 4429]) {
    goLive();
    const made = FakeLine.made.length;
    line().receive({ type: "bye", code, message: "Later.", retry_in: 7 });
    assert.equal(statuses.at(-1), "reconnecting: Later.");
    clock.advance(7_400);
    assert.equal(FakeLine.made.length, made);
    clock.advance(100);
    assert.equal(FakeLine.made.length, made + 1);
  }
});

test("an old line's last words are not heard", () => {
  goLive();
  const old = line();
  const { onmessage } = old;
  old.drop();
  clock.advance(500);
  onmessage({ data: JSON.stringify(frame("server.beat")) });
  assert.equal(frames.length, 0);
});

test("closing leaves no timer, no listener and no line", () => {
  goLive();
  socket.close();
  assert.equal(clock.timers.size, 0);
  assert.ok(line().closed);
  world.window.dispatchEvent(new Event("online"));
  world.document.dispatchEvent(new Event("visibilitychange"));
  clock.advance(300_000);
  assert.equal(FakeLine.made.length, 1);
});
