// Ask npm lora-packet about LoRaWAN 1.0 frames: one question a line on stdin, one answer a line on stdout, all JSON.
// Bytes are hexadecimal; identifiers, nonces and keys as printed, most significant byte first.
//
//   {op: "data", frame, nwk_skey, app_skey, fcnt}  fcnt: all 32 bits
//   {op: "join_request", frame, app_key}
//   {op: "join_accept", frame, app_key, dev_nonce}
//
// `mic` tells whether the MIC is right, `again` is the frame as lora-packet builds it from the fields it has read.

"use strict";

const readline = require("readline");
const loraPacket = require("lora-packet");

const hex = (buffer) => (buffer ? buffer.toString("hex") : "");
const bytes = (text) => Buffer.from(text, "hex");

function data(question) {
  const nwkSKey = bytes(question.nwk_skey);
  const appSKey = bytes(question.app_skey);
  const high = Buffer.alloc(2);
  high.writeUInt16LE(Math.floor(question.fcnt / 65536));
  const packet = loraPacket.fromWire(bytes(question.frame));
  const port = packet.getFPort();
  const payload = port === null ? Buffer.alloc(0) : loraPacket.decrypt(packet, appSKey, nwkSKey, high);
  const fields = {
    MType: packet.getMType(),
    DevAddr: packet.DevAddr,
    FCnt: packet.FCnt,
    FCtrl: {
      ADR: packet.getFCtrlADR(),
      ADRACKReq: packet.getFCtrlADRACKReq(),
      ACK: packet.getFCtrlACK(),
      FPending: packet.getFCtrlFPending(),
    },
    FOpts: packet.FOpts,
    payload: payload,
  };
  if (port !== null) {
    fields.FPort = port;
  }
  const again = loraPacket.fromFields(fields, appSKey, nwkSKey, undefined, high);
  return {
    type: packet.getMType(),
    dev_addr: hex(packet.DevAddr),
    fcnt: packet.getFCnt(),
    adr: packet.getFCtrlADR(),
    adr_ack_req: packet.getFCtrlADRACKReq(),
    ack: packet.getFCtrlACK(),
    fpending: packet.getFCtrlFPending(),
    fopts: hex(packet.FOpts),
    fport: port,
    payload: hex(payload),
    mic: loraPacket.verifyMIC(packet, nwkSKey, undefined, high),
    // fromFields leaves the MIC of a frame without a port undone.
    again: hex(Buffer.concat([again.MHDR, again.MACPayload, loraPacket.calculateMIC(again, nwkSKey, undefined, high)])),
  };
}

function joinRequest(question) {
  const appKey = bytes(question.app_key);
  const packet = loraPacket.fromWire(bytes(question.frame));
  const fields = { AppEUI: packet.AppEUI, DevEUI: packet.DevEUI, DevNonce: packet.DevNonce };
  return {
    join_eui: hex(packet.AppEUI),
    dev_eui: hex(packet.DevEUI),
    dev_nonce: hex(packet.DevNonce),
    mic: loraPacket.verifyMIC(packet, undefined, appKey),
    again: hex(loraPacket.fromFields(fields, undefined, undefined, appKey).getPHYPayload()),
  };
}

function joinAccept(question) {
  const appKey = bytes(question.app_key);
  const plain = loraPacket.decryptJoinAccept(loraPacket.fromWire(bytes(question.frame)), appKey);
  const packet = loraPacket.fromWire(plain);
  const fields = {
    AppNonce: packet.AppNonce,
    NetID: packet.NetID,
    DevAddr: packet.DevAddr,
    DLSettings: packet.DLSettings,
    RxDelay: packet.RxDelay,
    CFList: packet.CFList,
  };
  const keys = loraPacket.generateSessionKeys10(appKey, packet.NetID, packet.AppNonce, bytes(question.dev_nonce));
  return {
    join_nonce: hex(packet.AppNonce),
    net_id: hex(packet.NetID),
    dev_addr: hex(packet.DevAddr),
    dl_settings: hex(packet.DLSettings),
    rx_delay: hex(packet.RxDelay),
    cflist: hex(packet.CFList),
    nwk_skey: hex(keys.NwkSKey),
    app_skey: hex(keys.AppSKey),
    mic: loraPacket.verifyMIC(packet, undefined, appKey),
    again: hex(loraPacket.fromFields(fields, undefined, undefined, appKey).getPHYPayload()),
  };
}

const ANSWER = { data: data, join_request: joinRequest, join_accept: joinAccept };

readline.createInterface({ input: process.stdin, terminal: false }).on("line", (line) => {
  const question = JSON.parse(line);
  let answer;
  try {
    answer = ANSWER[question.op](question);
  } catch (error) {
    answer = { error: String(error.message) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
});
