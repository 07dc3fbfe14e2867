/*
 * Components for learning pooling. One classic script, no dependencies: load it once, deferred.
 *
 * <pool-playground>  one window at a time over a small input
 *   op                 max | avg                                    (max)
 *   x                  the input, a JSON list of rows               (the 4 x 4 example)
 *   example            a named input in place of x: 4x4, 4x4-b, 6x6, 7x7, overlap, negative
 *   kernel, stride, padding, dilation   a whole number, or two: "2, 3"   (2, kernel, 0, 1)
 *   ceil-mode, count-include-pad        "true" | "false"            (false, true)
 *   step               the window to start at, from 0               (0)
 *   label              the name of the whole for screen readers     (Pooling playground)
 *
 * Changes by the user are announced by the bubbling event "pool-change"; detail is the state.
 * Reserve its height until the script has run:
 *   pool-playground:not(:defined) { display: block; min-height: 36rem; }
 */
