// Which figure a section asks for, and the parts of the address that are its own.
import { Contest, params as contest } from "./contest.js";
import { Hourglass, params as hourglass } from "./hourglass.js";
import { JudgeAndMaker, params as judgeAndMaker } from "./judge-and-maker.js";
import { SmoothMap, params as smoothMap } from "./smooth-map.js";
import { params as twoRoutes, TwoRoutes } from "./two-routes.js";
import { params as whichKind, WhichKind } from "./which-kind.js";

export const FIGURES = {
  "judge-and-maker": JudgeAndMaker, hourglass: Hourglass, "smooth-map": SmoothMap,
  contest: Contest, "two-routes": TwoRoutes, "which-kind": WhichKind,
};
export const PARAMS = {
  "judge-and-maker": judgeAndMaker, hourglass, "smooth-map": smoothMap,
  contest, "two-routes": twoRoutes, "which-kind": whichKind,
};
