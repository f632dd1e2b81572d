/**
 * The second script: everything that is not needed to show a sheet. The build makes
 * `livesheet.more.js` from it, which shares the modules that the first script contains.
 */

import { fills } from "./editing/fills.js";
import { needed, progress } from "./editing/progress.js";
import { beyond, copying } from "./finding/beyond.js";
import { ColumnMenu } from "./finding/columnmenu.js";
import { ColourPanel, FilterPanel } from "./finding/conditionpanels.js";
import { Far } from "./finding/far.js";
import { FilterForm } from "./finding/filterform.js";
import { GroupPanel } from "./finding/grouppanel.js";
import { columnsPanel, heightPanel, sortPanel } from "./finding/listpanels.js";
import { printing } from "./finding/printing.js";
import { replacing } from "./finding/replacepanel.js";
import { SelectedSums } from "./finding/selectedsums.js";
import { ViewsMenu } from "./finding/viewsmenu.js";
import { fit } from "./grid/fitting.js";
import { smooth } from "./grid/smooth.js";
import { history } from "./people/history.js";
import { people } from "./people/people.js";
import { copyLink } from "./prompt.js";
import { cards } from "./rows/cards.js";
import { newControl } from "./rows/pickers.js";
import { rowLinks } from "./rows/rowlinks.js";
import { ticks } from "./rows/ticks.js";
import { fullscreen } from "./stage/fullscreen.js";
import { shortcuts } from "./stage/shortcuts.js";
import { answering, spoken } from "./stage/spoken.js";
import { refusals } from "./windows/refusals.js";
import { windowing } from "./windows/windowing.js";

/** @import {MakeForm} from "./finding/conditionpanels.js" */
/** @import {CurrentView} from "./finding/current.js" */
/** @import {Parts} from "./features.js" */

/** @type {Parts["features"]} */
export const features = [
  windowing,
  smooth,
  refusals,
  printing,
  copying,
  beyond,
  shortcuts,
  fills,
  fullscreen,
  spoken,
  answering,
  people,
  history,
  needed,
  progress,
  replacing,
  cards(newControl),
  rowLinks,
  ticks(newControl),
];

/** @param {CurrentView} current */
const farOf = ({ store, ask }) => new Far(store, ask);

/**
 * @param {CurrentView} current
 * @param {Record<string, string>} texts
 * @returns {MakeForm}
 */
const formOf = (current, texts) => (column, filter, handlers) =>
  new FilterForm(column, filter, { store: current.store, far: farOf(current), texts, ...handlers });

/** @type {Parts["panels"]} */
export const panels = {
  columns: columnsPanel,
  filter: (box, current, texts) => new FilterPanel(box, current, texts, formOf(current, texts)),
  sort: sortPanel,
  group: (box, current, texts) => void new GroupPanel(box, current, texts),
  colour: (box, current, texts) => new ColourPanel(box, current, texts, formOf(current, texts)),
  height: heightPanel,
};

/** @type {Parts["columnMenu"]} */
export const columnMenu = (root, current, texts) =>
  new ColumnMenu(root, current.store, current, texts, (column, pks) => {
    const onChange = (/** @type {any} */ filter) => current.filter(column.name, filter);
    const { store } = current;
    const far = farOf(current);
    return new FilterForm(column, current.filterOf(column.name), {
      ...{ store, far, texts, pks, onChange },
    });
  });

/** @type {Parts["viewsMenu"]} */
export const viewsMenu = (head) => new ViewsMenu(head);

export { copyLink, Far, fit, SelectedSums };
