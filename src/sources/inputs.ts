// Which microphones and line inputs there are. Page.
import { DannaError } from "../errors.ts";

export interface AudioInput {
  readonly deviceId: string;
  /** Inputs of one piece of hardware share it. */
  readonly groupId: string;
  /** Empty until the person has allowed a microphone once. */
  readonly label: string;
}

/** @throws DannaError "platform" where there are no devices to ask for */
export function mediaDevices(): MediaDevices {
  if (!navigator.mediaDevices) {
    throw new DannaError(
      "platform",
      "This page may not use audio devices: serve it over https or from localhost.",
    );
  }
  return navigator.mediaDevices;
}

/**
 * The audio inputs that the browser tells of, the system's choice first.
 * @throws DannaError "platform" where there are none to ask for
 */
export async function listInputs(): Promise<AudioInput[]> {
  const devices = await mediaDevices().enumerateDevices();
  return devices
    .filter(({ kind }) => kind === "audioinput")
    .map(({ deviceId, groupId, label }) => ({ deviceId, groupId, label }));
}

/** Calls `listener` whenever inputs come or go, until the returned function is called. */
export function onInputsChange(listener: () => void): () => void {
  const devices = mediaDevices();
  devices.addEventListener("devicechange", listener);
  return () => devices.removeEventListener("devicechange", listener);
}
