/*
 * Components for learning pooling. One classic script, no dependencies: load it once, deferred.
 * Every attribute is optional; the value in brackets is the one it has when it is left out.
 *
 * <pool-playground>       one window at a time over a small input
 *   op                    max | avg | lp | mixed | stochastic                    [max]
 *   view                  forward | backward | unpool                            [forward]
 *   x                     the input: rows as JSON, "[[1, 3], [5, 6]]"            [example 4x4]
 *   example               4x4 | 4x4-b | 6x6 | 7x7 | overlap | negative, in place of x
 *   kernel, stride, padding, dilation    a whole number, or two: "2, 3"          [2, kernel, 0, 1]
 *   ceil-mode, count-include-pad         true | false                            [false, true]
 *   p, mean               power of lp; its mean form or PyTorch's sum form       [2, true]
 *   lam                   share of the maximum in mixed pooling                  [0.5]
 *   seed                  of stochastic pooling                                  [0]
 *   grad                  gradient at the output, rows as JSON                   [1, 2, 3, ...]
 *   step                  the window to start at, from 0                         [0]
 *   ops, views            the choices to offer: ops="max avg" views="forward"    [all]
 *
 * <pool-bins>             where adaptive bins and fractional intervals lie
 *   kind                  adaptive | fractional                                  [adaptive]
 *   in, out               cells and bins, at most 16                             [7, 3]
 *   kernel, u             size and draw of fractional intervals                  [2, 0.5]
 *   step                  the bin to start at                                    [0]
 *
 * <pool-shift-lab>        what a shift changes after halving a signal in four ways
 *   x                     an even count of 4 to 16 numbers, "[0, 0, 4, 4]"       [a square wave]
 *   shift                 places to the right                                    [0]
 *
 * <pool-receptive-field>  a stack of layers: receptive field, jump, map size
 *   preset                small | plain | dilated | vgg16 | resnet50             [small]
 *   layers                "conv1 3 1 1 1; pool1 2 2": name, kernel, stride, padding, dilation
 *   size                  height and width of the input                          [the preset's]
 *
 * All of them:
 *   label                 the name of the whole for screen readers
 *   controls              names of the controls to show, "kernel stride"; others are op, view,
 *                         example, size, numbers, apart, speed, undo, reset, link, take and the attributes'
 *                         names                                                   [all]
 *   id                    the name by which links refer to it; the page's address carries what
 *                         differs from the attributes: page.html?pool=ID&op=avg&kernel=3#ID.
 *                         Without one, it is made of the label, or of the attributes.
 *
 * The user's changes are announced by the bubbling event "pool-change"; its detail is the state.
 * To keep the page still until the script has run, reserve the height in the page's style sheet:
 *   pool-playground:not(:defined) { display: block; min-height: 42rem; }
 */
