// A small lesson's practice, made up for the tests of the logic.
const DESIGNS = ["judge", "vae", "gan", "diffusion", "other"];
const FAILURES = ["false-alarm", "blur", "made-up"];

/** Forty systems: half judges; look-alikes in pairs, each sorted otherwise. */
export const sorting = {
  designs: DESIGNS.map((id) => ({ id, name: id, cue: `cue of ${id}` })),
  failures: FAILURES.map((id) => ({ id, name: id, about: `about ${id}` })),
  items: Array.from({ length: 40 }, (_, i) => {
    const judge = i % 2 === 0;
    return {
      id: `s${i}`, name: `System ${i}`, about: "…", category: ["faces", "sound", "work", "money", "text"][Math.floor(i / 2) % 5],
      kind: judge ? "judge" : i % 8 === 1 ? "both" : "maker", design: judge ? "judge" : DESIGNS[1 + ((i - 1) / 2) % 4],
      failure: FAILURES[i % 3], cue: `cue of s${i}`, wrong: { "kind:maker": "not a maker" }, show: null, twin: `s${judge ? i + 1 : i - 1}`,
    };
  }),
};

export const questions = ["a", "b", "c"].map((id) => ({ id, question: `${id}?`, points: ["one", "two", "three"], model_answer: "<p>…</p>" }));
