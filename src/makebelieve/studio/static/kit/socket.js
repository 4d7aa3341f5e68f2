// A WebSocket that comes back by itself, and says when it is away.

/**
 * @param {string} path
 * @param {{ message: (event: MessageEvent) => void, open?: () => void, close?: () => void }} on
 */
export function socket(path, on) {
  let ws = /** @type {WebSocket | null} */ (null);
  let wait = 250;
  let ended = false;
  const connect = () => {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    ws = new WebSocket(`${scheme}//${location.host}${path}`);
    ws.binaryType = "arraybuffer";
    ws.onopen = () => { wait = 250; on.open?.(); };
    ws.onmessage = on.message;
    ws.onclose = () => {
      on.close?.();
      if (ended) return;
      setTimeout(connect, wait);
      wait = Math.min(wait * 2, 5_000);
    };
  };
  connect();
  return {
    /** @param {unknown} value @returns {boolean} whether it could be sent */
    send(value) {
      if (ws?.readyState !== WebSocket.OPEN) return false;
      ws.send(JSON.stringify(value));
      return true;
    },
    end() { ended = true; ws?.close(); },
  };
}
