export { Turns } from "../store/turns.ts";
