import * as logger from "firebase-functions/logger";
import { LOG_LEVELS, minimumLogLevel } from "./config.ts";

type Fields = Record<string, unknown>;

/** Structured log lines, dropped below the param `LOG_LEVEL`. Fields must not contain personal data or secrets. */
export const log = {
  debug: (message: string, fields: Fields = {}): void => {
    if (isLogged("DEBUG")) logger.debug(message, fields);
  },
  info: (message: string, fields: Fields = {}): void => {
    if (isLogged("INFO")) logger.info(message, fields);
  },
  warn: (message: string, fields: Fields = {}): void => {
    if (isLogged("WARN")) logger.warn(message, fields);
  },
  /** The error is a separate argument, so that the logger keeps its stack. */
  error: (message: string, error: unknown, fields: Fields = {}): void => {
    logger.error(message, error, fields);
  },
};

function isLogged(level: (typeof LOG_LEVELS)[number]): boolean {
  return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(minimumLogLevel());
}
