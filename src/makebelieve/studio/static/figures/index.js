// Which figure a section asks for, and the parts of the address that are its own.
import { Hourglass, params as hourglass } from "./hourglass.js";
import { JudgeAndMaker, params as judgeAndMaker } from "./judge-and-maker.js";
import { SmoothMap, params as smoothMap } from "./smooth-map.js";

export const FIGURES = { "judge-and-maker": JudgeAndMaker, hourglass: Hourglass, "smooth-map": SmoothMap };
export const PARAMS = { "judge-and-maker": judgeAndMaker, hourglass, "smooth-map": smoothMap };
